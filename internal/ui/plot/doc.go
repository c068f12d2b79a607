// Package plot draws figures into panes of a canvas: series over time, cost curves,
// sparklines and bars. It computes no figure: it scales and rounds for drawing only.
package plot
