/// A growable slab of entries and the open-addressing index that finds them by key.
public struct BlockTable: ~Copyable {
  public init() {}
}
