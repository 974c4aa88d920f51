// The page that the tests of sessions drive.

import '@angular/compiler';

import {
  FetchBackend,
  HttpBackend,
  HttpClient,
  provideHttpClient,
  withFetch,
  withInterceptors,
} from '@angular/common/http';
import { inject, provideZonelessChangeDetection } from '@angular/core';
import { createApplication } from '@angular/platform-browser';
import axios, { type AxiosInstance } from 'axios';
import { Vault, VaultType } from 'keyward';
import { type BackendServer, type OAuthServer, Session, type SessionConfig } from 'keyward/session';
import { firstValueFrom, Observable, timeout } from 'rxjs';

import { step, stepping, upTo } from './steps.js';

/** A way to make a request, which is given up after `patience` ms: the answer's status and text. */
export type Ask = (
  url: string,
  body?: string | ReadableStream,
  patience?: number,
  headers?: Record<string, string>,
) => Promise<{ status: number; text: string }>;

declare global {
  interface Window {
    vault: Vault;
    session: Session;
    heard: string[];
    /** Every instance of a module that this page has made. */
    memories: WebAssembly.Memory[];
    attachSession(
      server: OAuthServer | BackendServer | 'key',
      more: Partial<SessionConfig> & {
        type?: keyof typeof VaultType;
        /** The door `angular` without `withFetch()`. */
        xhr?: boolean;
        /** Whether the door `angular` says whether redirects are refused. Default: true. */
        says?: boolean;
      },
    ): Promise<void>;
    doors: Record<'fetch' | 'axios' | 'angular', Ask>;
    /** What the door `axios` asks. */
    instance: AxiosInstance;
    /** What a sign-in in a window of its own comes to. */
    signing: Promise<unknown>;
    codeOf(promise: Promise<unknown>): Promise<unknown>;
    /** Everything that a console or a reporter may find in the error of what is refused. */
    refusalOf(promise: Promise<unknown>): Promise<string[]>;
    upTo: typeof upTo;
    step: typeof step;
  }
}

window.memories = [];
const { instantiate } = WebAssembly;
WebAssembly.instantiate = (async (module: WebAssembly.Module, imports: WebAssembly.Imports) => {
  const instance = await instantiate(module, imports);
  window.memories.push(instance.exports['memory'] as WebAssembly.Memory);
  return instance;
}) as typeof WebAssembly.instantiate;

Object.assign(window, {
  upTo,
  step,

  async attachSession(server, { type = 'SecureStorage', xhr, says = true, ...more }) {
    const vault = new Vault();
    window.vault = vault;
    window.heard = [];
    const session = new Session({ vault: stepping(vault), server, origins: [], ...more });
    window.session = session;
    session.subscribe((event) => {
      const more =
        event.type === 'signedOut'
          ? `: ${event.cause}`
          : event.type === 'deferred'
            ? `: ${event.trouble}`
            : '';
      window.heard.push(event.type + more);
    });
    await vault.initialize({ key: 'session', type: VaultType[type] });

    const instance = axios.create({ validateStatus: (status) => status < 400 });
    window.instance = instance;
    const { request, onRejected } = session.axios();
    instance.interceptors.request.use(request);
    instance.interceptors.response.use(undefined, onRejected(instance));

    const refusesRedirects = () => inject(HttpBackend) instanceof FetchBackend;
    const interceptor = session.angular(Observable, says ? { refusesRedirects } : undefined);
    const { injector } = await createApplication({
      providers: [
        provideZonelessChangeDetection(),
        xhr
          ? provideHttpClient(withInterceptors([interceptor]))
          : provideHttpClient(withFetch(), withInterceptors([interceptor])),
      ],
    });
    const http = injector.get(HttpClient);

    window.doors = {
      async fetch(url, body, patience, headers) {
        const response = await session.fetch(url, {
          ...(body !== undefined && { method: 'POST', body, duplex: 'half' }),
          ...(headers && { headers }),
          ...(patience !== undefined && { signal: AbortSignal.timeout(patience) }),
        });
        return { status: response.status, text: await response.text() };
      },
      async axios(url, body, patience, headers) {
        const data = {
          ...(headers && { headers }),
          responseType: 'text' as const,
          transformResponse: (text: string) => text,
          ...(patience !== undefined && { signal: AbortSignal.timeout(patience) }),
        };
        const ask = body === undefined ? instance.get(url, data) : instance.post(url, body, data);
        return ask.then(
          ({ status, data }) => ({ status, text: data as string }),
          (error) => {
            if (!error.response) throw error;
            return { status: error.response.status, text: error.response.data };
          },
        );
      },
      async angular(url, body, patience, headers) {
        const options = {
          observe: 'response' as const,
          responseType: 'text' as const,
          ...(headers && { headers }),
        };
        const ask = body === undefined ? http.get(url, options) : http.post(url, body, options);
        return firstValueFrom(patience === undefined ? ask : ask.pipe(timeout(patience))).then(
          ({ status, body }) => ({ status, text: body ?? '' }),
          (error) => {
            if (!error.status) throw error;
            return { status: error.status, text: error.error };
          },
        );
      },
    };
  },

  codeOf(promise) {
    return promise.then(
      () => 'resolved',
      (error: { code?: unknown; name?: string }) => error.code ?? error.name,
    );
  },

  async refusalOf(promise) {
    const texts: string[] = [];
    const seen = new Set<unknown>();
    const walk = (value: unknown) => {
      texts.push(String(value));
      if (typeof value === 'object' && value !== null && !seen.has(value)) {
        seen.add(value);
        Reflect.ownKeys(value).forEach((key) => walk(Reflect.get(value, key)));
      }
    };
    await promise.then(() => texts.push('not refused'), walk);
    return texts;
  },
} satisfies Partial<Window>);
