import { readonly, shallowRef } from 'vue';

export interface PasscodeRequest {
  /** A new passcode, or the one that opens the vault. */
  readonly purpose: 'choose' | 'enter';
  /** `null`: the person does not want to. */
  readonly answer: (passcode: string | null) => void;
}

const request = shallowRef<PasscodeRequest | null>(null);

/** The request that the passcode dialog shows; `null` while there is none. */
export const passcodeRequest = readonly(request);

/** Shows the passcode dialog, and resolves when the person has answered it. */
export const askForPasscode = (purpose: PasscodeRequest['purpose']): Promise<string | null> =>
  new Promise((resolve) => {
    request.value = {
      purpose,
      answer: (passcode) => {
        request.value = null;
        resolve(passcode);
      },
    };
  });
