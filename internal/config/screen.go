package config

import "strings"

// TakeScreen takes the settings of the screen, "ui", from another configuration where this one has its defaults: a demo is
// somebody else's company on one's own terminal.
func (c *Config) TakeScreen(own *Config) {
	for path, origin := range own.origins {
		if !strings.HasPrefix(path, "ui.") || c.Origin(path).Kind != FromDefault {
			continue
		}
		if action, ok := strings.CutPrefix(path, "ui.keys."); ok {
			if c.UI.Keys == nil {
				c.UI.Keys = map[string][]string{}
			}
			c.UI.Keys[action], c.origins[path] = own.UI.Keys[action], origin
			continue
		}
		switch path {
		case "ui.theme":
			c.UI.Theme = own.UI.Theme
		case "ui.ascii":
			c.UI.ASCII = own.UI.ASCII
		case "ui.mouse":
			c.UI.Mouse = own.UI.Mouse
		default:
			continue
		}
		c.origins[path] = origin
	}
}
