//! How secrets travel between the Secret Service and us: a session that both agreed on.

use keyward::SecretBytes;
use oo7::{Key, crypto, zbus};
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};

use super::trouble::Trouble;

/// The specification's one encrypting algorithm. It keeps secrets out of a bus monitor's sight and
/// of other programs' buffers; it does not say who the service is.
const ENCRYPTED: &str = "dh-ietf1024-sha256-aes128-cbc-pkcs7";
/// The group's modulus, and so every public key, has at most 1,024 bits.
const LONGEST_PUBLIC_KEY: usize = 128;
const AES_BLOCK: usize = 16;
/// We keep 32 bytes. Whoever put more there did not put our secret there.
const LONGEST_SECRET: usize = 1024;

const DOING: &str = "opening a session with the Secret Service";

/// The `Secret` structure of the specification: session, parameters, value, content type.
pub(super) type Sealed = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

/// An open session.
pub(super) struct Session {
    path: OwnedObjectPath,
    /// `None`: secrets travel as they are.
    key: Option<Key>,
}

impl Session {
    /// What to send to `OpenSession`, and our half of the key.
    pub(super) fn offer() -> Result<((&'static str, Value<'static>), Key), Trouble> {
        let no_key = |_| Trouble::Failed(DOING, "no random numbers".to_owned());
        let private = Key::generate_private_key().map_err(no_key)?;
        let public = Key::generate_public_key(&private).map_err(no_key)?;
        Ok(((ENCRYPTED, Value::from(public.as_ref().to_vec())), private))
    }

    /// The session that the service's answer to our offer makes.
    pub(super) fn agree(ours: Key, answer: (OwnedValue, OwnedObjectPath)) -> Result<Self, Trouble> {
        let (theirs, path) = answer;
        let theirs = Vec::<u8>::try_from(theirs).map_err(|_| Trouble::Nonsense(DOING))?;
        if theirs.is_empty() || theirs.len() > LONGEST_PUBLIC_KEY {
            return Err(Trouble::Nonsense(DOING));
        }
        let key = Key::generate_aes_key(&ours, &Key::new(theirs));
        Ok(Self { path, key: Some(key.map_err(|_| Trouble::Nonsense(DOING))?) })
    }

    pub(super) fn plain(path: OwnedObjectPath) -> Self {
        Self { path, key: None }
    }

    pub(super) fn path(&self) -> &OwnedObjectPath {
        &self.path
    }

    pub(super) fn seal(&self, secret: &[u8]) -> Result<Sealed, Trouble> {
        const DOING: &str = "sealing a secret for the Secret Service";
        let failed = |_| Trouble::Failed(DOING, "no random numbers".to_owned());
        let (parameters, value) = match &self.key {
            None => (Vec::new(), secret.to_vec()),
            Some(key) => {
                let iv = crypto::generate_iv().map_err(failed)?;
                let value = crypto::encrypt(secret, key, &iv).map_err(failed)?;
                (iv, value)
            }
        };
        Ok((self.path.clone(), parameters, value, "application/octet-stream".to_owned()))
    }

    /// The content type is not looked at: gnome-keyring forgets what it was.
    pub(super) fn open(&self, sealed: Sealed) -> Result<SecretBytes, Trouble> {
        const NONSENSE: Trouble = Trouble::Nonsense("reading from the keyring");
        let (_, parameters, value, _) = sealed;
        if value.len() > LONGEST_SECRET {
            return Err(NONSENSE);
        }
        let Some(key) = &self.key else {
            return Ok(SecretBytes::from(value));
        };
        // The cipher panics when given anything else.
        if parameters.len() != AES_BLOCK || value.is_empty() || value.len() % AES_BLOCK != 0 {
            return Err(NONSENSE);
        }
        let secret = crypto::decrypt(&value, key, &parameters).map_err(|_| NONSENSE)?;
        Ok(SecretBytes::from(&secret[..]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (Session, Session) {
        let path = OwnedObjectPath::try_from("/session").expect("a path");
        let ((_, ours), our_key) = Session::offer().expect("random numbers");
        let ((_, theirs), their_key) = Session::offer().expect("random numbers");
        let owned =
            |value: Value<'static>| OwnedValue::try_from(value).expect("holds no descriptor");
        (
            Session::agree(our_key, (owned(theirs), path.clone())).expect("agrees"),
            Session::agree(their_key, (owned(ours), path)).expect("agrees"),
        )
    }

    #[test]
    fn both_ends_agree() {
        let (here, there) = pair();
        let sealed = here.seal(b"a secret").expect("seals");
        assert_ne!(sealed.2, b"a secret");
        assert_eq!(there.open(sealed).expect("opens").expose(), b"a secret");
    }

    #[test]
    fn nonsense_neither_panics_nor_opens() {
        let (here, there) = pair();
        let (path, iv, value, kind) = here.seal(&[7; 32]).expect("seals");
        for (iv, value) in [
            (Vec::new(), value.clone()),
            (vec![0; 15], value.clone()),
            (vec![0; 1000], value.clone()),
            (iv.clone(), Vec::new()),
            (iv.clone(), value[..31].to_vec()),
            (iv.clone(), vec![0; 1 << 20]),
        ] {
            assert!(there.open((path.clone(), iv, value, kind.clone())).is_err());
        }
        for theirs in [Value::from(""), Value::from(Vec::<u8>::new()), Value::from(vec![1_u8; 129])]
        {
            let (_, ours) = Session::offer().expect("random numbers");
            let theirs = OwnedValue::try_from(theirs).expect("holds no descriptor");
            assert!(Session::agree(ours, (theirs, path.clone())).is_err());
        }
        // Weak, but not a reason to panic.
        let (_, ours) = Session::offer().expect("random numbers");
        let zero = OwnedValue::try_from(Value::from(vec![0_u8; 128])).expect("holds no descriptor");
        let session = Session::agree(ours, (zero, path)).expect("agrees");
        assert!(session.seal(b"x").is_ok());
    }
}
