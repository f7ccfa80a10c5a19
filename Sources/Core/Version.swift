/// Tarn's version, semantic (semver.org): the major number changes when a decision hash may.
public let tarnVersion = "0.1.0"
