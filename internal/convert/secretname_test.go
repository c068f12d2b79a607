package convert

import (
	"strings"
	"testing"
)

// Names of secrets as people spell them, in their languages, with a value that no rule about
// values finds.
func TestNamesOfSecrets(t *testing.T) {
	for _, name := range strings.Fields(`
		PW PWD PASS PASSWD PASSWORD PASSWORT PASSWRD PASSPHRASE PASSCODE PASSKEY PASSDB PASSHASH PSWD PASWORD PASSWOR
		DB_PW DBPW DBPWD DB_PASS DBPASS DbPass dbPw MYSQLPASS MYSQL_ROOT_PW PGPASS PGPASSWORD REDISPASS USERPASS ADMINPW ROOTPW LDAP_BINDPW ` +
		`LDAP_BIND_PW BINDPWD LDAP_BINDPASSWD
		SMTP_PASSWRD SMTP_PASS SMTPPASS PASS_WORD PASS-WORD P4SSWORD PASSW0RD S3CRET PASSWORD2 DBPASS_1 PWD1 PW2 PWDHASH
		HOST_PASSWORD DOMAIN_PASSWORD FILE_PASSWORD ID_PASSWORD PROVIDER_SECRET HEADER_TOKEN URL_PASS PATH_PW TIMEOUT_PASSWORD VERSION_TOKEN
		SECRET MYSECRET CLIENTSECRET TOKEN APITOKEN AUTHTOKEN TKN AUTH_TKN CREDS CREDENTIAL CREDENTIALS AUTH BASIC_AUTH OAUTH JWT SALT ` +
		`PEPPER PIN CARD_PIN_NUMBER OTP SAS_TOKEN
		KEY API_KEY APIKEY SENDGRIDKEY STRIPE_KEY STRIPE_KEY_PROD STRIPE_KEY_LIVE API_KEY_V2 APP_KEY_OLD KEY1 KEY_2 SSHKEY PRIVKEY ` +
		`SSH_PRIVKEY KEY_MATERIAL ENC_KEY_B64 HASHKEY SIGNING_KEYS
		KENNWORT DB_KENNWORT KENNWORT_DB GEHEIMNIS ZUGANGSDATEN ZUGANGSCODE SCHLUESSEL
		MOT_DE_PASSE MOTDEPASSE MDP DB_MDP JETON
		CONTRASENA CONTRASENIA CONTRASENYA CLAVE CLAVE_API LLAVE SECRETO CREDENCIALES
		SENHA SENHA_BD DB_SENHA SEGREDO CHAVE CHAVE_API CREDENCIAIS PALAVRA_PASSE
		PAROLA PAROLA_DB PAROLA_CHIAVE SEGRETO CHIAVE CREDENZIALI
		WACHTWOORD DB_WACHTWOORD SLEUTEL HASLO HASLO_DB DB_HASLO KLUCZ HESLO LOSENORD HEMLIGHET NYCKEL PASSORD ADGANGSKODE KODEORD SALASANA ` +
		`JELSZO SIFRE LOZINKA SLAPTAZODIS PAROL KATA_SANDI MAT_KHAU
		contraseña hasło lösenord пароль 密码 パスワード`) {
		if suspicion(name, "hello") == "" {
			t.Errorf("%s=hello is no secret", name)
		}
	}
	// A number may be a PIN or a password.
	for _, name := range []string{"PIN", "PASSWORD", "DB_PW", "SENHA", "CARD_PIN_NUMBER", "OTP", "TOKEN", "TIMEOUT_PIN"} {
		if suspicion(name, "123456") == "" {
			t.Errorf("%s=123456 is no secret", name)
		}
	}
}

// Names that only look like it, with what functions are given under them.
func TestNamesOfNoSecrets(t *testing.T) {
	for name, value := range map[string]string{
		"PASSENGER_COUNT": "3", "PASSENGERS": "adults", "PASSIVE_MODE": "ftp", "COMPASS_URL": "https://compass.example", "BYPASS_CACHE": "1",
		"PASSES": "3", "PASSTHROUGH": "headers",
		"TOKEN_TTL_SECONDS": "3600", "TOKEN_EXPIRES_IN_SECONDS": "900", "MAX_TOKENS": "4096", "MAX_OUTPUT_TOKENS": "8192",
		"TOKENS_PER_MINUTE": "60000", "COST_PER_TOKEN": "0.002", "TOKEN_LIMIT": "100",
		"TOKENIZER": "cl100k_base", "TOKENIZATION": "bpe", "PASSWORD_MIN_LENGTH": "12", "PASSWORD_MAX_AGE_DAYS": "90", "PIN_LENGTH": "4",
		"OTP_WINDOW": "30", "OTP_VALIDITY_DURATION": "5m", "SALT_ROUNDS": "12",
		"AUTH_TIMEOUT": "30s", "AUTH_RETRY_DELAY": "250ms", "RANDOM_SEED": "42", "SEED": "7", "JWT_LEEWAY_SECONDS": "5", "AUTH_PORT": "8443",
		"SECRET_NAME": "prod/db", "SECRET_ID": "prod/acme/db", "PASSWORD_FILE": "/run/secrets/db", "PW_FILE": "/run/secrets/db",
		"TOKEN_URL": "https://login.example.com/token", "DB_PASS_PATH": "/prod/db/pass",
		"SECRETARY_EMAIL": "office@example.com", "AUTHOR": "Jane", "AUTHORITY": "registry", "KEYBOARD": "qwerty", "KEYWORDS": "a,b",
		"KEYSPACE": "orders", "MONKEY": "chaos", "SURVEY_MONKEY": "on-call", "TURKEY": "tr", "HOTKEY": "ctrl-c",
		"PARTITION_KEY": "tenant_id", "PARTITIONKEY": "tenant_id", "SORTKEY": "created_at", "S3_KEY": "exports/latest.csv",
		"CACHE_KEY_V2": "orders", "PUBLIC_KEY": "name-of-it", "PATTERN": "*.csv", "PATH_PREFIX": "in",
		"SPIN": "fast", "PINNED": "yes-please", "OPINION": "none-yet", "SHIPPING": "dhl", "HAS_LOCK": "maybe", "HAS_LOGIN": "maybe",
		"CODE": "EUR", "KODAK": "film", "PWA_URL": "https://app.example", "GROUP": "a", "PRIVATE_SUBNETS": "subnet-a",
		"ACCESS_LOG": "stdout", "MASTER": "db-1", "SESSION_TABLE": "sessions", "STAGE": "prod", "LICENSE_COUNT": "25", "NONCE_SIZE": "12",
		"PATIENT_TABLE": "patients", "SASS_VERSION": "1.2",
	} {
		if why := suspicion(name, value); why != "" {
			t.Errorf("%s=%s: %s", name, value, why)
		}
	}
}
