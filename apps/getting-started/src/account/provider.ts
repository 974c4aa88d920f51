/** What the provider says of itself when it starts; the demo's server passes it on. */
export interface Provider {
  readonly issuer: string;
  readonly clients: { readonly app: string };
  readonly user: { readonly login: string; readonly password: string };
  readonly api: string;
}

/** Rejects, as `fetch` does, where the provider does not answer. */
export const knock = async ({ issuer }: Provider): Promise<void> => {
  await fetch(`${issuer}/.well-known/openid-configuration`, { cache: 'no-store' });
};

/** Where the demo's provider is; `undefined` where the app is served without one. */
export const findProvider = async (): Promise<Provider | undefined> => {
  const answer = await fetch('/provider.json').catch(() => undefined);
  // A server that knows no such file answers with the app itself.
  if (!answer?.ok || !answer.headers.get('content-type')?.includes('json')) return undefined;
  return (await answer.json()) as Provider;
};
