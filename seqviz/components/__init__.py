"""What plotly cannot do at sixty frames a second: plain ES modules and CSS, and the functions that mount them."""
