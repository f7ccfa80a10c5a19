import TarnCore

/// Everything that a world is made of, worked out from a scenario before the run.
struct SimulationPlan: ~Copyable {
  var fleet: Fleet
  var models: Models
  var workloads: [WorkloadPlan]
  var faults: FaultSchedule
  var checksInvariants = false
}

/// One workload with its parameters.
enum WorkloadPlan {
  case training(TrainingConfiguration)
  case coldStart(ColdStartConfiguration)
  case inference(InferenceConfiguration)
}
