import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { beforeEach } from 'vitest';

/** Programs that tests use as peers, and their Debian packages; `.ci/run` installs the same. */
export const packages = {
  baresip: 'baresip-core',
  chromium: 'chromium',
  'espeak-ng': 'espeak-ng',
  'firefox-esr': 'firefox-esr',
  ip: 'iproute2',
  iptables: 'iptables',
  kamailio: 'kamailio',
  linphonec: 'linphone-cli',
  nsd: 'nsd',
  oathtool: 'oathtool',
  openssl: 'openssl',
  rtpengine: 'rtpengine-daemon',
  sipp: 'sip-tester',
  sipsak: 'sipsak',
  slapd: 'slapd',
  svwar: 'sipvicious',
  tshark: 'tshark',
  zbarimg: 'zbar-tools',
} as const;

export type Tool = keyof typeof packages;

const isProgram = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The tools that are neither on `path` nor in Debian's folder of servers. */
export const missing = (tools: readonly Tool[], path = process.env['PATH'] ?? ''): Tool[] =>
  tools.filter((tool) => ![...path.split(delimiter), '/usr/sbin'].some((folder) => isProgram(join(folder, tool))));

/**
 * Declares the programs that the tests of a file or a `describe` need. If one is missing, the tests are skipped with
 * the reason; with `REQUIRE_TOOLS=1` (CI) they fail.
 */
export function needs(...tools: readonly Tool[]): void {
  const absent = missing(tools);
  if (absent.length === 0) return;
  const install = `apt-get install ${absent.map((tool) => packages[tool]).join(' ')}`;
  const reason = `not installed: ${absent.join(', ')} (${install})`;
  beforeEach(({ skip }) => {
    if (process.env['REQUIRE_TOOLS'] === '1') throw new Error(reason);
    skip(reason);
  });
}
