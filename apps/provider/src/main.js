// An OpenID provider on this machine alone, until it is told to end.

import { HELP, readOptions } from './options.js';

const options = readOptions(process.argv.slice(2));
if (options.help) {
  console.log(HELP);
} else {
  // The library warns of what only matters where strangers reach it; the first line is for programs.
  console.warn = console.info = () => {};
  const { start } = await import('./server.js');
  const { ready, close } = await start(options);
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      close();
      process.exit(0);
    });
  }
  console.log(JSON.stringify(ready));
}
