/** Formats in which switches write their CDRs (README.md, "Formats"). */
import { readAsterisk } from './asterisk.ts';
import type { Reader } from './foreign-record.ts';
import { readFreeswitch, readFreeswitchCsv } from './freeswitch.ts';
import { readMappedCsv } from './mapped-csv.ts';
import { readOpensips } from './opensips.ts';
import { readTelnyx, readTwilio } from './providers.ts';

type Format = {
  readonly read: Reader;
  /** Its times are local, so their zone must be given. */
  readonly localTimes?: true;
  /** A mapping says what its columns are. */
  readonly mapped?: true;
};

export const cdrFormatNames = [
  'freeswitch',
  'freeswitch_csv',
  'asterisk',
  'opensips',
  'twilio',
  'telnyx',
  'csv',
] as const;
export type CdrFormat = (typeof cdrFormatNames)[number];

export const cdrFormats: Readonly<Record<CdrFormat, Format>> = {
  freeswitch: { read: readFreeswitch },
  freeswitch_csv: { read: readFreeswitchCsv, localTimes: true },
  asterisk: { read: readAsterisk, localTimes: true },
  opensips: { read: readOpensips },
  twilio: { read: readTwilio },
  telnyx: { read: readTelnyx },
  csv: { read: readMappedCsv, mapped: true },
};
