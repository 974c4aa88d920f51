import { build } from 'esbuild';

/** A script for pages, as an app ships it: from `bench/…`. */
export async function script(name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`bench/${name}.ts`],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  return outputFiles[0]!.text;
}
