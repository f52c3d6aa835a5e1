import { accessSync, constants, globSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { beforeEach } from 'vitest';

/** Programs that tests use as peers, modules of Kamailio, and their Debian packages, as in `.ci/install`. */
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
  'secsipid.so': 'kamailio-secsipid-modules',
  secsipidx: 'secsipidx',
  sipp: 'sip-tester',
  sipsak: 'sipsak',
  slapd: 'slapd',
  svwar: 'sipvicious',
  tshark: 'tshark',
  zbarimg: 'zbar-tools',
} as const;

export type Tool = keyof typeof packages;

const isTool = (file: string): boolean => {
  try {
    accessSync(file, file.endsWith('.so') ? constants.R_OK : constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Debian's folders of servers, and of modules of Kamailio. */
const debianFolders = ['/usr/sbin', ...globSync('/usr/lib/*/kamailio/modules')];

/** The tools that are neither on `path` nor in Debian's folders. */
export const missing = (tools: readonly Tool[], path = process.env['PATH'] ?? ''): Tool[] =>
  tools.filter((tool) => ![...path.split(delimiter), ...debianFolders].some((folder) => isTool(join(folder, tool))));

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
