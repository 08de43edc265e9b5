"""The Rasa graph components of Hamyar's pipeline; `config.yml` names them."""
