// The virtual authenticator of one page, built into the device: its passkeys are gone with it.

export async function authenticator(cdp, options = {}) {
  await cdp.send('WebAuthn.enable', { enableUI: false });
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      hasPrf: true,
      automaticPresenceSimulation: true,
      isUserVerified: true,
      ...options,
    },
  });
  return {
    credentials: async () => {
      const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
      return credentials;
    },
    /** Puts one back as it was listed. Its pseudo-random function has another secret then. */
    add: (credential) => cdp.send('WebAuthn.addCredential', { authenticatorId, credential }),
    remove: (credentialId) =>
      cdp.send('WebAuthn.removeCredential', { authenticatorId, credentialId }),
    recognises: (isUserVerified) =>
      cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
    answers: (enabled) =>
      cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled }),
  };
}
