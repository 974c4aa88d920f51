declare module '*.wasm' {
  /** The module's bytes as `toAscii` writes them; see scripts/build.js. */
  const bytes: string;
  export default bytes;
}
