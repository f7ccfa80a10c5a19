/// What another implementation of the specifications in `DecisionHash` and `DecisionRecord`, written
/// in Python from their text, gives for the samples.
enum DecisionGolden {
  /// Hash of each input sample alone at the sample deadline, the view left out.
  static let inputHashes: [UInt64] = [
    0xD2BC_E5E0_86DB_CF10,
    0x036D_953F_FFE7_9C98,
    0x7F14_4BFB_86F1_34A4,
    0xC0AE_43D5_0D5E_032D,
    0x4DC3_F6AC_AA60_9506,
    0x11A8_A5CE_5983_526B,
    0x9C5A_AB1D_94E0_2617,
    0xCD19_2FA8_BEF2_05A2,
    0x0057_64E1_3041_1718,
    0xA186_EF24_EA4F_3794,
    0x5F45_F337_6958_BC4A,
    0x6A11_8D17_CB2C_5D39,
    0x9481_E566_D5DC_EFD5,
    0xD455_C698_540A_C0ED,
  ]

  /// Hash of each effect sample alone.
  static let effectHashes: [UInt64] = [
    0xEBC5_3D6C_DA75_40BA,
    0xB46F_442E_2C30_38B1,
    0x5EE1_216A_C62B_7663,
    0x8FCA_7352_DC51_56E4,
    0x919C_61B1_208B_6EC5,
    0xE832_815E_75FC_D627,
    0x3E22_169D_2020_B493,
    0xA355_E8D2_32E3_3263,
    0xF972_B4B4_0417_01DF,
    0x24C9_95B9_F53F_3B97,
    0xC3EF_B1D3_FD35_BF34,
    0xC989_FA1C_599D_757D,
  ]

  /// Hash of all input samples, the three sample keys, all effect samples.
  static let everything: UInt64 = 0xEA59_751F_8C67_56CE
  /// Hash of the view of version 7 and digest 0xDEADBEEF at 1 ns.
  static let view: UInt64 = 0xAC68_80D5_77F5_0FD7
  /// Hash of the three sample keys.
  static let keys: UInt64 = 0xCAC0_9E0A_624A_75C2

  /// Words of each input sample, the view left out.
  static let inputWords: [[UInt64]] = [
    [
      0xA1A2_A3A4_5152_0201, 0x0102_0304_0506_0708, 0x1112_1314_1516_1718,
      0x3132_3334_3536_3738, 0x4142_4344_4546_4748, 0x0000_00C1_B1B2_B3B4,
    ],
    [
      0x0000_0000_5152_0002, 0x3132_3334_3536_3738, 0x4142_4344_4546_4748,
    ],
    [
      0xA1A2_A3A4_5152_0003, 0x0102_0304_0506_0708, 0x1112_1314_1516_1718,
      0xD1D2_D3D4_D5D6_D7D8, 0xE1E2_E3E4_E5E6_E7E8, 0x3132_3334_3536_3738,
    ],
    [
      0x9192_9394_5152_C104, 0x0102_0304_0506_0708, 0x1112_1314_1516_1718,
      0xD1D2_D3D4_D5D6_D7D8, 0xB1B2_B3B4_A1A2_A3A4, 0x0000_00C2_C1C2_C3C4,
    ],
    [
      0x0000_0000_0000_0105, 0x0102_0304_0506_0708, 0x1112_1314_1516_1718,
    ],
    [
      0x0000_0000_0000_0006, 0x0102_0304_0506_0708, 0x1112_1314_1516_1718,
    ],
    [
      0xA1A2_A3A4_6162_0A07, 0xF1F2_5152_0002_C305, 0x2122_2324_2526_2728,
      0x0102_0304_0506_0708, 0x1112_1314_1516_1718, 0xD1D2_D3D4_D5D6_D7D8,
      0x4142_4344_4546_4748, 0x0000_0000_B1B2_B3B4,
    ],
    [
      0x0000_0000_0000_0208, 0x2122_2324_2526_2728,
    ],
    [
      0xA1A2_A3A4_0000_0209, 0x2122_2324_2526_2728,
    ],
    [
      0x0000_0000_0000_000A
    ],
    [
      0xA1A2_A3A4_5152_000C, 0x0102_0304_0506_0708, 0x1112_1314_1516_1718,
      0x0000_1000_B1B2_B3B4,
    ],
    [
      0x0000_0000_0000_010D, 0x7576_7374_7172_C105,
    ],
    [
      0xA1A2_A3A4_0000_000E, 0x3132_3334_3536_3738, 0x4142_4344_4546_4748,
    ],
    [
      0xB1B2_B3B4_0000_000F
    ],
  ]

  /// Words of each effect sample.
  static let effectWords: [[UInt64]] = [
    [
      0xA1A2_A3A4_0004_0181, 0x3132_3334_3536_3738, 0x0000_0000_9192_9394,
    ],
    [
      0xA1A2_A3A4_0000_0082, 0x3132_3334_3536_3738, 0x0000_0000_B1B2_B3B4,
    ],
    [
      0xA1A2_A3A4_6162_0A83, 0xF1F2_5152_0002_C305, 0x2122_2324_2526_2728,
      0x0102_0304_0506_0708, 0x1112_1314_1516_1718, 0xD1D2_D3D4_D5D6_D7D8,
      0x4142_4344_4546_4748, 0xC1C2_C3C4_B1B2_B3B4,
    ],
    [
      0xA1A2_A3A4_6162_0A84, 0xF1F2_5152_0002_C305, 0x2122_2324_2526_2728,
      0x0102_0304_0506_0708, 0x1112_1314_1516_1718, 0xD1D2_D3D4_D5D6_D7D8,
      0x4142_4344_4546_4748, 0xC1C2_C3C4_B1B2_B3B4,
    ],
    [
      0xA1A2_A3A4_0000_0085, 0x2122_2324_2526_2728, 0x8182_8384_7172_7374,
      0x0000_0000_9192_9394,
    ],
    [
      0xA1A2_A3A4_0000_0086, 0x2122_2324_2526_2728, 0x8182_8384_7172_7374,
      0x0000_0000_9192_9394,
    ],
    [
      0x0000_0000_0000_0087, 0x2122_2324_2526_2728, 0x8182_8384_7172_7374,
      0x8182_8384_7172_7375, 0x9192_9394_9192_9394,
    ],
    [
      0xA1A2_A3A4_0000_0088
    ],
    [
      0xB1B2_B3B4_0000_0089, 0x2122_2324_2526_2728, 0x0102_0304_0506_0708,
      0x1112_1314_1516_1718, 0x0000_0000_A1A2_A3A4,
    ],
    [
      0x0000_0000_0000_008A, 0x2122_2324_2526_2728,
    ],
    [
      0x0000_0000_0000_008B, 0x4142_4344_4546_4748,
    ],
    [
      0x0000_0000_0000_048C, 0x3132_3334_3536_3738,
    ],
  ]

  /// A record: the sample look-up at the sample deadline with one key, answered by the sample
  /// prefix reply and cancel.
  static let record: [UInt8] = [
    0x0D, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x48, 0x47, 0x46, 0x45,
    0x44, 0x43, 0x42, 0x41, 0x02, 0x00, 0x52, 0x51, 0x00, 0x00, 0x00, 0x00,
    0x38, 0x37, 0x36, 0x35, 0x34, 0x33, 0x32, 0x31, 0x48, 0x47, 0x46, 0x45,
    0x44, 0x43, 0x42, 0x41, 0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01,
    0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11, 0x82, 0x00, 0x00, 0x00,
    0xA4, 0xA3, 0xA2, 0xA1, 0x38, 0x37, 0x36, 0x35, 0x34, 0x33, 0x32, 0x31,
    0xB4, 0xB3, 0xB2, 0xB1, 0x00, 0x00, 0x00, 0x00, 0x8A, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x28, 0x27, 0x26, 0x25, 0x24, 0x23, 0x22, 0x21,
    0x5C, 0xFD, 0xB2, 0xA5, 0xED, 0x00, 0x36, 0xAE,
  ]

  /// Words of a record: the view of version 7 and digest 0xDEADBEEF at 5 ns, without effects.
  static let viewRecord: [UInt64] = [
    0x0000_0000_0000_0006, 0x0000_0000_0000_0005, 0x0000_0000_0000_000B,
    0x0000_0000_0000_0007, 0x0000_0000_DEAD_BEEF, 0x57BB_524C_E1E7_A204,
  ]
}
