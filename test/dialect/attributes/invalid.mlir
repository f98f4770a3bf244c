// RUN: tacit-opt %s --split-input-file --verify-diagnostics

//===----------------------------------------------------------------------===//
// Initialisers
//===----------------------------------------------------------------------===//

// constant_c1
// expected-error@+1 {{needs a finite value, got INF}}
func.func private @constant_c1() attributes {a = #tacit.constant<1.0e400>}

// -----

// normal_c1
// expected-error@+1 {{needs a finite mean and a standard deviation of at least 0, got mean = 0.000000e+00, stddev = -1.000000e+00}}
func.func private @normal_c1() attributes {a = #tacit.normal<mean = 0.0, stddev = -1.0>}

// -----

// normal_c1
// expected-error@+1 {{needs a finite mean and a standard deviation of at least 0, got mean = -INF, stddev = 1.000000e+00}}
func.func private @normal_c1_mean() attributes {a = #tacit.normal<mean = -1.0e400, stddev = 1.0>}

// -----

// uniform_c1
// expected-error@+1 {{needs finite low < high, got low = 1.000000e+00, high = 1.000000e+00}}
func.func private @uniform_c1() attributes {a = #tacit.uniform<low = 1, high = 1>}

// -----

// he_normal_c1
// expected-error@+1 {{needs fan_in of at least 1, got 0}}
func.func private @he_normal_c1() attributes {a = #tacit.he_normal<fan_in = 0>}

// -----

// glorot_uniform_c1
// expected-error@+1 {{needs fan_in and fan_out of at least 1, got 784 and -1}}
func.func private @glorot_uniform_c1() attributes {a = #tacit.glorot_uniform<fan_in = 784, fan_out = -1>}

// -----

// same_as_c1
// expected-error@+1 {{needs the number of a variable, from 0, got -1}}
func.func private @same_as_c1() attributes {a = #tacit.same_as<variable = -1>}

// -----

// of_run_c1
// expected-error@+1 {{needs a fraction above 0 and at most 1, got 0.000000e+00}}
func.func private @of_run_c1() attributes {a = #tacit.of_run<fraction = 0>}

// -----

// factor_c1
// expected-error@+1 {{needs the number of a variable, from 0, got -1}}
func.func private @factor_c1() attributes {a = #tacit.factor<variable = -1>}

// -----

//===----------------------------------------------------------------------===//
// Schedules
//===----------------------------------------------------------------------===//

// cosine_schedule_c1
// expected-error@+1 {{needs at least 1 step, got 0}}
func.func private @cosine_schedule_c1() attributes {a = #tacit.cosine_schedule<steps = 0, final = 0.5>}

// -----

// cosine_schedule_c2
// expected-error@+1 {{needs a final factor from 0 to 1, got 2.000000e+00}}
func.func private @cosine_schedule_c2() attributes {a = #tacit.cosine_schedule<steps = 10, final = 2>}

// -----

// warmup_schedule_c1
// expected-error@+1 {{needs at least 1 step, got 0}}
func.func private @warmup_schedule_c1() attributes {a = #tacit.warmup_schedule<steps = 0>}

// -----

// step_schedule_c1
// expected-error@+1 {{needs every of at least 1 step, got 0}}
func.func private @step_schedule_c1() attributes {a = #tacit.step_schedule<every = 0, gamma = 0.1>}

// -----

// step_schedule_c2
// expected-error@+1 {{needs a finite gamma above 0, got 0.000000e+00}}
func.func private @step_schedule_c2() attributes {a = #tacit.step_schedule<every = 10, gamma = 0.0>}

// -----

//===----------------------------------------------------------------------===//
// Arguments of functions
//===----------------------------------------------------------------------===//

// argument_c1
// expected-error@+1 {{argument #1 has the unknown attribute 'tacit.parametre'; a model's arguments take 'tacit.parameter', 'tacit.data', 'tacit.state' and 'tacit.init'}}
func.func private @argument_c1(tensor<4xf32> {tacit.parameter = "w"}, tensor<4xf32> {tacit.parametre = "b"})

// -----

// argument_c2
// expected-error@+1 {{argument #0: 'tacit.data' must be a string, the argument's name, got 3 : i64}}
func.func private @argument_c2(tensor<4xf32> {tacit.data = 3})

// -----

// argument_c3
// expected-error@+1 {{argument #0: 'tacit.init' must be an initialiser such as #tacit.zeros, got 0.000000e+00 : f64}}
func.func private @argument_c3(tensor<4xf32> {tacit.parameter = "w", tacit.init = 0.0})
