import { defineConfig } from 'vitest/config';

/** What calls a running system. */
const calling = ['test/{system,authorization,fuzz}/**/*.test.ts'];
const crossing = 'test/{system,authorization,fuzz,soak,bench}/**';

/** Generous, as two cores are shared: a limit stops a hanging test, speed is measured by `npm run bench`. */
const milliseconds = { unit: 30_000, system: 60_000, soak: 3_600_000 };

const project = (name: keyof typeof milliseconds, settings: { include: string[]; exclude?: string[]; globalSetup?: string }) => ({
  test: { name, testTimeout: milliseconds[name], hookTimeout: milliseconds[name], ...settings },
});

export default defineConfig({
  test: {
    projects: [
      project('unit', { include: ['{bin,functions,infra,shared,test}/**/*.test.ts'], exclude: [crossing] }),
      project('system', { include: calling, globalSetup: 'test/system/global-setup.ts' }),
      project('soak', { include: ['test/soak/**/*.test.ts'] }),
    ],
  },
});
