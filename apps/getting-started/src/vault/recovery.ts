import { vault } from './session-vault';

/** A way back in, for when what opens the vault is gone. */
export const useRecovery = () => ({
  /** The code. Nobody sees it again: show it, and keep it nowhere. */
  makeCode: (): Promise<string> => vault.enrollRecovery(),
  revoke: (): Promise<void> => vault.revokeRecovery(),
  /** Opens the vault with what a person typed, and protects it anew. */
  recover: (code: string): Promise<void> => vault.recover({ code }),
  /** For somebody whose passkey does not open it: rejects with `InvalidatedCredential` if it is gone. */
  checkKey: (): Promise<void> => vault.checkKey(),
});
