"""The laws that the checks of several exercises share.

``agreement``     whether two answers are the same, to which tolerance; what differs
``slips``         wrong answers with a name, and which of them an answer has made
``problems``      networks, batches and losses, drawn afresh for each fact
``inputs``        the arguments of an exercise, drawn by the names of its parameters
``standard``      facts that one line adds to a check: shapes, inputs left alone, fresh noise
``one_number``    exercises that answer with one number
``angles``        angles in degrees, and exercises that answer with one
``counts``        the weights and units of a network, and miscounts of these
``recursion``     backprop's recursion with replaceable parts, and the slips in each part
``feedback``      rules whose errors go down through feedback weights
``targets``       rules that give each layer a target, with replaceable parts, and the slips in each
``asking``        rules in which a layer asks the one below for another activity, likewise
``convolution``   rules for a convolutional network, with replaceable parts, and their slips
``chance``        how far a random mean may lie from what it estimates
``estimates``     rules that shake something, with replaceable parts, and the slips in each part
``perturbation``  what such rules give on average, and how long a single update is
``nodes``         laws of those of them that shake units
``strength``      whether the noise is as strong as it should be
``variances``     formulas for the variance of such rules
"""
