import type { CDPSession, Page } from 'playwright-core';

/** The virtual authenticator of one page: its passkeys are gone with it. */
export class Authenticator {
  #id: string | undefined;

  private constructor(private readonly cdp: CDPSession) {}

  static async of(page: Page): Promise<Authenticator> {
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('WebAuthn.enable', { enableUI: false });
    return new Authenticator(cdp);
  }

  /** Before it there is somebody it knows, or somebody it does not know. */
  async meets(person: 'recognised' | 'unknown', { hasPrf } = { hasPrf: true }) {
    const isUserVerified = person === 'recognised';
    if (this.#id === undefined) {
      const { authenticatorId } = await this.cdp.send('WebAuthn.addVirtualAuthenticator', {
        options: {
          protocol: 'ctap2',
          ctap2Version: 'ctap2_1',
          transport: 'internal',
          hasResidentKey: true,
          hasUserVerification: true,
          hasPrf,
          automaticPresenceSimulation: true,
          isUserVerified,
        },
      });
      this.#id = authenticatorId;
    } else {
      await this.cdp.send('WebAuthn.setUserVerified', {
        authenticatorId: this.#id,
        isUserVerified,
      });
    }
  }

  /** The passkeys that it has. */
  async passkeys() {
    if (this.#id === undefined) {
      return [];
    }
    const { credentials } = await this.cdp.send('WebAuthn.getCredentials', {
      authenticatorId: this.#id,
    });
    return credentials;
  }

  /** The person deletes a passkey. */
  async forgets(credentialId: string) {
    await this.cdp.send('WebAuthn.removeCredential', {
      authenticatorId: this.#id!,
      credentialId,
    });
  }

  /** There is no authenticator any more. */
  async vanishes() {
    if (this.#id !== undefined) {
      await this.cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: this.#id });
      this.#id = undefined;
    }
  }
}
