import { useVault } from './use-vault';

useVault().then(
  (outcome) => (document.title = outcome),
  (error) => (document.title = String(error)),
);
