// The doctor on an app's folder as Capacitor's and Ionic's own command-line tools make it: the
// program that npx runs, and the native command beside it.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { beforeAll, beforeEach, expect, test } from 'vitest';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const REPOSITORY = join(HERE, '../../../..');
// Outside of the package, so that nothing of its own is taken for the app's.
const MADE = join(REPOSITORY, 'target/doctor/made');
const APP = join(REPOSITORY, 'target/doctor/app');
const NPX = [process.execPath, join(HERE, '../../dist/cli.js'), 'doctor'];
const NPX_PROJECT = [...NPX, '--project-only'];
const NATIVE = [join(REPOSITORY, 'target/debug/keyward'), 'doctor', '--project-only'];

interface Found {
  check: string;
  severity: string;
  file: string;
  line: number;
  fixable: boolean;
}

beforeAll(async () => {
  if (!existsSync(NATIVE[0]!)) {
    throw new Error('the command is missing: cargo build --package keyward-cli');
  }
  await rm(MADE, { recursive: true, force: true });
  await mkdir(MADE, { recursive: true });
  await cp(join(HERE, 'capacitor'), MADE, { recursive: true });
  const run = (program: string, ...words: string[]) =>
    execFileSync(program, words, { cwd: MADE, stdio: 'pipe', env: { ...process.env, CI: '1' } });
  run('npm', 'ci', '--no-audit', '--no-fund');
  run('npx', 'ionic', 'init', 'demo', '--type', 'custom', '--no-interactive');
  run('npx', 'cap', 'init', 'demo', 'com.example.demo', '--web-dir', 'www');
  run('npx', 'cap', 'add', 'android');
  run('npx', 'cap', 'add', 'ios');
}, 300_000);

beforeEach(async () => {
  await rm(APP, { recursive: true, force: true });
  const withoutPackages = (from: string) => !from.includes('node_modules');
  await cp(MADE, APP, { recursive: true, filter: withoutPackages });
});

/** Root gives away what lets it read everything. */
const AS_OWNER =
  process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] : [];

/** What both programs say, which is the same to the byte, and with the same exit code. */
function doctor(...words: string[]): { findings: Found[]; fixed: string[]; exit: number | null } {
  return doctorBy([], ...words);
}

/** The same, with what starts them in front. */
function doctorBy(before: string[], ...words: string[]): ReturnType<typeof doctor> {
  const run = (by: string[]) => {
    const [program, ...first] = [...before, ...by];
    return spawnSync(program!, [...first, ...words, '--json'], { cwd: APP, encoding: 'utf8' });
  };
  const npx = run(NPX_PROJECT);
  const native = run(NATIVE);
  expect(npx.stderr + native.stderr).toBe('');
  if (!words.includes('--fix')) {
    expect(native.stdout).toBe(npx.stdout);
    expect(native.status).toBe(npx.status);
  }
  const { project, fixed } = JSON.parse(npx.stdout);
  return { findings: project.findings, fixed, exit: npx.status };
}

const put = async (path: string, text: string | Uint8Array) => {
  await mkdir(join(APP, path, '..'), { recursive: true });
  await writeFile(join(APP, path), text);
};

const named = (found: Found[]) => found.map(({ check, file }) => `${check} ${file}`);

test('a new app lacks what iOS and Android need, and --fix adds it', async () => {
  const manifest = 'android/app/src/main/AndroidManifest.xml';
  const plist = 'ios/App/App/Info.plist';
  const before = await readFile(join(APP, plist), 'utf8');
  const { findings, exit } = doctor();
  expect(named(findings)).toEqual([
    `android-backup ${manifest}`,
    `android-backup ${manifest}`,
    `face-id ${plist}`,
  ]);
  expect(exit).toBe(60);

  const { findings: left, fixed, exit: after } = doctor('--fix');
  expect(left).toEqual([]);
  expect(after).toBe(0);
  expect(fixed).toContain(plist);
  // Lines were added, and nothing else.
  const lines = (await readFile(join(APP, plist), 'utf8')).split('\n');
  const added = lines.filter((line) => !before.split('\n').includes(line));
  expect(added.join('')).toContain('NSFaceIDUsageDescription');
  expect(lines.filter((line) => !added.includes(line))).toEqual(before.split('\n'));
  expect(doctor('--fix').fixed).toEqual([]);
});

test('the native command repairs in the same way', async () => {
  const read = (path: string) => readFile(join(APP, path), 'utf8');
  const files = ['android/app/src/main/AndroidManifest.xml', 'ios/App/App/Info.plist'];
  doctor('--fix');
  const byNpx = await Promise.all(files.map(read));
  await rm(APP, { recursive: true });
  await cp(MADE, APP, { recursive: true, filter: (from) => !from.includes('node_modules') });
  const [program, ...words] = NATIVE;
  expect(spawnSync(program!, [...words, '--fix'], { cwd: APP }).status).toBe(0);
  expect(await Promise.all(files.map(read))).toEqual(byNpx);
});

test('what an app gets wrong is named with its file and line', async () => {
  await put(
    'capacitor.config.json',
    '{\n "webDir": "www",\n "server": { "androidScheme": "http" }\n}',
  );
  await put(
    'index.html',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'self'">`,
  );
  const vault = `import { Vault } from 'keyward';\nawait new Vault().initialize({ key: 'a' });`;
  await put('src/one.ts', vault);
  await put('src/two.ts', vault);
  const { findings } = doctor('--fix');
  expect(findings.map(({ check, file, line }) => `${check} ${file}:${line}`)).toEqual([
    'insecure-scheme capacitor.config.json:3',
    'csp-wasm index.html:1',
    'one-key src/one.ts:2',
    'csp-worker index.html:1',
  ]);
});

test('what serves an app elsewhere is looked at too', async () => {
  doctor('--fix');
  const policy = "default-src 'self'; worker-src blob:";
  await put('.htaccess', `Header set Content-Security-Policy "${policy}"\n`);
  await put(
    'src-tauri/tauri.conf.json',
    JSON.stringify({ app: { security: { csp: { 'script-src': ["'self'"] } } } }, null, 1),
  );
  const manifest = JSON.parse(await readFile(join(APP, 'package.json'), 'utf8'));
  manifest.scripts = { dev: 'ionic serve --external' };
  await put('package.json', JSON.stringify(manifest, null, 1));
  const { findings, exit } = doctor();
  expect(findings.map(({ check, severity, file }) => `${severity} ${check} ${file}`)).toEqual([
    'error csp-wasm .htaccess',
    'error csp-wasm src-tauri/tauri.conf.json',
    'hint insecure-server package.json',
    'hint csp-worker src-tauri/tauri.conf.json',
  ]);
  expect(exit).toBe(60);
});

test('rules that bring a part of the web view into a backup are found', async () => {
  doctor('--fix');
  const rules = 'android/app/src/main/res/xml/keyward_data_extraction_rules.xml';
  const safe = await readFile(join(APP, rules), 'utf8');
  const part = '<include domain="root" path="app_webview/Default" />';
  await put(rules, safe.replace(/<exclude domain="root"[^>]*>/, part));
  expect(named(doctor().findings)).toEqual([`android-backup ${rules}`]);
});

const RULES = 'android/app/src/main/res/xml/keyward_data_extraction_rules.xml';

test('a file that could not be read is named, and stays as it is', async () => {
  const latin1 = Buffer.from('<data-extraction-rules>caf\xe9</data-extraction-rules>', 'latin1');
  await put(RULES, latin1);
  await put('src/bundled.js', ' '.repeat(2 ** 20 + 1));
  const { findings, exit } = doctor('--fix');
  expect(named(findings)).toEqual([
    'android-backup android/app/src/main/AndroidManifest.xml',
    `unreadable-file ${RULES}`,
    'unreadable-file src/bundled.js',
  ]);
  expect(exit).toBe(60);
  expect(await readFile(join(APP, RULES))).toEqual(latin1);
  expect(named(doctor().findings)).toEqual(named(findings));
});

test('a folder that may not be looked into is told, and what is in it does not count as seen', async () => {
  doctor('--fix');
  expect(doctor().exit).toBe(0);
  const folders = ['ios', 'android/app/src/main/res/xml'].map((path) => join(APP, path));
  // Neither is there what says whether the old package is installed.
  await put('node_modules/@ionic-enterprise/identity-vault/package.json', '{}');
  folders.push(join(APP, 'node_modules'));
  try {
    await Promise.all(folders.map((folder) => chmod(folder, 0)));
    const { findings, exit } = doctorBy(AS_OWNER);
    expect(findings.map(({ check, severity, file }) => `${severity} ${check} ${file}`)).toEqual([
      'warning unreadable-folder android/app/src/main/res/xml',
      'warning unreadable-folder ios',
      'warning unreadable-file node_modules/@ionic-enterprise/identity-vault/package.json',
    ]);
    expect(exit).toBe(60);
  } finally {
    await Promise.all(folders.map((folder) => chmod(folder, 0o755)));
  }
});

test.each([
  ['npx', NPX_PROJECT],
  ['the native command', NATIVE],
])('%s makes no file where something is', async (_, [program, ...words]) => {
  await mkdir(join(APP, RULES), { recursive: true });
  const { status, stderr } = spawnSync(program!, [...words, '--fix'], {
    cwd: APP,
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stderr).toContain('keyward_data_extraction_rules.xml');
  expect((await stat(join(APP, RULES))).isDirectory()).toBe(true);
});

test('npx says what it looked at of the device, and mends the rights of a vault', async () => {
  const folder = join(APP, '../vaults');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { mode: 0o700 });
  const vault = join(folder, 'default.keyward');
  await writeFile(vault, '');
  await chmod(vault, 0o644);
  const empty = join(APP, 'empty');
  await mkdir(empty);
  const env = { ...process.env, KEYWARD_HOME: folder };
  const run = ([program, ...first]: string[], ...words: string[]) =>
    spawnSync(program!, [...first, empty, ...words], { encoding: 'utf8', env });
  const { status, stdout } = run(NPX);
  expect(status).toBe(60);
  expect(stdout).toContain(`Others may use ${vault} (its rights are 644).`);
  expect(stdout).toContain(`only who may use the files in ${folder} was looked at`);
  // The native command finds the same, and what is amiss with this machine's keyring.
  const native = run(
    NATIVE.filter((word) => word !== '--project-only'),
    '--json',
  );
  const openFiles = ({ stdout }: { stdout: string }) =>
    JSON.parse(stdout).device.findings.filter(({ check }: Found) => check === 'open-file');
  expect(openFiles(run(NPX, '--json'))).toEqual(openFiles(native));
  expect(run(NPX, '--fix').stdout).toMatch(`Wrote ${vault}\nNothing to mend.`);
  expect((await stat(vault)).mode & 0o777).toBe(0o600);
  expect(run(NPX_PROJECT, '--json').stdout).toContain('"device":null');
});

test('a link out of the project is not followed', () => {
  execFileSync('ln', ['-s', '/', join(APP, 'src')]);
  expect(doctor('--fix').findings).toEqual([]);
});

test('npx keyward without a command that it has says how it is used', () => {
  const [program, script] = NPX;
  for (const words of [[], ['get', 'token'], ['doctor', '--nonsense']]) {
    const { status, stderr } = spawnSync(program!, [script!, ...words], { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toContain('Usage: npx keyward doctor');
  }
  expect(spawnSync(program!, [script!, '--help'], { encoding: 'utf8' }).status).toBe(0);
});
