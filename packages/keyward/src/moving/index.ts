/**
 * Moving what an app has stored elsewhere into a vault.
 *
 * @packageDocumentation
 */

export { move, type Destination, type Moved, type Source } from './move.js';
export {
  aparajitaSecureStorage,
  capacitorPreferences,
  capacitorSecureStoragePlugin,
  otherVault,
  preferencesInWebStorage,
  webStorage,
  type ExportingVault,
  type Names,
  type PreferencesPlugin,
  type SecureStorageApi,
  type SecureStoragePluginApi,
  type WebStorage,
} from './sources.js';
