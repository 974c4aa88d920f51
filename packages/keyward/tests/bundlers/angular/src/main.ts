import { Component, provideZonelessChangeDetection } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';

import { useVault } from './use-vault';

@Component({ selector: 'app-root', template: '' })
class App {
  constructor() {
    useVault().then(
      (outcome) => (document.title = outcome),
      (error) => (document.title = String(error)),
    );
  }
}

void bootstrapApplication(App, { providers: [provideZonelessChangeDetection()] });
