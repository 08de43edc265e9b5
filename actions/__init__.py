"""The action handlers: the dialogue as a pure step over plain data, one module per capability.

`dialogue` what goes in and out · `position` where a conversation stands · `step` which capability takes a message ·
`intake` the questions on the way to a request (`service`, `place`, `attributes`, `summary`, `elsewhere`) · `status`,
`faq`, `reopening`, `files`, `smalltalk` everything else · `outcomes` how a capability answers · `texts`, `answers`
what is said.
"""
