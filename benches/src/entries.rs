//! What is stored: values of 1 KiB, the same for everyone.

/// The length of every value, in bytes.
pub const VALUE_LEN: usize = 1024;

/// Entries whose values are JSON strings, so that they can be read as JSON and as bytes.
#[derive(Clone)]
pub struct Entries {
    pub names: Vec<String>,
    pub values: Vec<Vec<u8>>,
}

impl Entries {
    pub fn generate(count: usize, random: &mut Random) -> Self {
        Self {
            names: (0..count)
                .map(|number| format!("session/{number:05}/refresh-token"))
                .collect(),
            values: (0..count).map(|_| random.value()).collect(),
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.names
            .iter()
            .map(String::as_str)
            .zip(self.values.iter().map(Vec::as_slice))
    }

    pub fn first(&self, count: usize) -> Self {
        Self {
            names: self.names[..count].to_vec(),
            values: self.values[..count].to_vec(),
        }
    }
}

/// Reproducible pseudo-random numbers (splitmix64): every run stores and reads the same.
#[derive(Clone)]
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("below a usize")
    }

    /// A JSON string of [`VALUE_LEN`] bytes, quotes included, in base64url's alphabet as tokens are.
    pub fn value(&mut self) -> Vec<u8> {
        const ALPHABET: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut value = vec![b'"'; VALUE_LEN];
        for byte in &mut value[1..VALUE_LEN - 1] {
            *byte = ALPHABET[self.below(64)];
        }
        value
    }
}
