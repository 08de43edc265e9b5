"""E-mail between Hamyar and the desks that have no web service: letters out, replies in."""
