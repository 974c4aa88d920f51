import type { PromptConfig } from './config.js';
import { DeviceError, type DeviceErrorCodes } from './errors.js';
import type { DeviceCall } from './messages.js';
import { wasm } from './wasm.js';

/** Biometric hardware. */
export enum SupportedBiometricType {
  /** A fingerprint reader. */
  Fingerprint = 'fingerprint',
  /** A camera that recognises faces. */
  Face = 'face',
  /** A camera that recognises irises. */
  Iris = 'iris',
}

/** How hard it is to fool the device's biometrics. */
export enum BiometricSecurityStrength {
  /** Not hard enough to release a key, or not known. */
  Weak = 'weak',
  /** Hard enough to release a key. */
  Strong = 'strong',
}

/** Whether the app may use biometrics. */
export enum BiometricPermissionState {
  /** It may. */
  Granted = 'granted',
  /** The person, or a policy, has refused. */
  Denied = 'denied',
  /** The person will be asked. */
  Prompt = 'prompt',
}

/**
 * What this device can do. The questions always resolve, with the truth as far as the platform
 * tells it; where it does not, the answer is the weaker one. Nothing here prompts but
 * {@link Device.showBiometricPrompt}.
 */
export class Device {
  /** The biometric hardware that is known of. Browsers do not tell: empty there. */
  static getAvailableHardware(): Promise<SupportedBiometricType[]> {
    return answerOr([], { call: 'getAvailableHardware' });
  }

  /** Whether keys can be kept in hardware. */
  static hasSecureHardware(): Promise<boolean> {
    return answerOr(false, { call: 'hasSecureHardware' });
  }

  /** Whether the device has what it takes to verify a person. */
  static isBiometricsSupported(): Promise<boolean> {
    return answerOr(false, { call: 'isBiometricsSupported' });
  }

  /** Whether it has, and a person is enrolled. */
  static isBiometricsEnabled(): Promise<boolean> {
    return answerOr(false, { call: 'isBiometricsEnabled' });
  }

  /** Whether the app may verify the person. */
  static isBiometricsAllowed(): Promise<BiometricPermissionState> {
    return answerOr(BiometricPermissionState.Denied, { call: 'isBiometricsAllowed' });
  }

  /** How hard it is to fool the device's biometrics. */
  static getBiometricStrengthLevel(): Promise<BiometricSecurityStrength> {
    return answerOr(BiometricSecurityStrength.Weak, { call: 'getBiometricStrengthLevel' });
  }

  /** Whether the device refuses biometrics for now, after too many failed attempts. */
  static isLockedOutOfBiometrics(): Promise<boolean> {
    return answerOr(false, { call: 'isLockedOutOfBiometrics' });
  }

  /** Whether the device itself is protected by a passcode, PIN or password. */
  static isSystemPasscodeSet(): Promise<boolean> {
    return answerOr(false, { call: 'isSystemPasscodeSet' });
  }

  /**
   * Whether the system hides the app's contents among the recent apps. Browsers cannot: false
   * there.
   */
  static isHideScreenOnBackgroundEnabled(): Promise<boolean> {
    return answerOr(false, { call: 'isHideScreenOnBackgroundEnabled' });
  }

  /**
   * Hides the app's contents among the recent apps, where the system can. No effect in browsers.
   *
   * @param dim - Android: dim the contents instead of hiding them.
   */
  static setHideScreenOnBackground(enabled = true, dim = false): Promise<void> {
    return answerOr(undefined, { call: 'setHideScreenOnBackground', enabled, dim });
  }

  /**
   * Asks the device to verify the person, and resolves when it has. In browsers it asks through
   * WebAuthn.
   *
   * @throws a {@link DeviceError}.
   */
  static async showBiometricPrompt(config: PromptConfig): Promise<void> {
    const answer = await wasm.device({ call: 'showBiometricPrompt', config });
    if ('error' in answer) {
      const { code, message } = answer.error;
      throw new DeviceError(code as DeviceErrorCodes, message);
    }
  }
}

/** `weakest` is the answer where there is no engine that could ask the device. */
async function answerOr<T>(weakest: T, call: DeviceCall): Promise<T> {
  const answer = await wasm.device(call);
  return 'error' in answer ? weakest : ((answer.ok ?? weakest) as T);
}
