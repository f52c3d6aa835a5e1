import { xmlDocument } from '#http/answers/xml.ts';
import type { Device, DeviceLine } from '#schema/device.ts';
import { noon } from '#test/support/dependencies.fixture.ts';
import { deviceOf } from '#test/support/resources.fixture.ts';
import type { Configuration } from './configuration.ts';
import { configurationOf, type Secrets } from './device-configuration.ts';
import { filesOf } from './device-configuration.ts';

/** A device with two accounts and a watching key, its secrets, and its files as text. */

export const line = (line_number: number, more: Partial<DeviceLine> = {}): DeviceLine => ({
  line_number,
  extension: `10${line_number}`,
  label: `Line ${line_number}`,
  type: 'primary',
  sip_username: `${line_number}`.repeat(22),
  ...more,
});

export const device = (more: Partial<Device> = {}): Device =>
  deviceOf({
    mac_address: '00:1A:2B:3C:4D:5E',
    name: 'Desk',
    manufacturer: null,
    lines: [line(1), line(2, { type: 'shared' }), line(3, { type: 'blf', sip_username: null, label: null })],
    settings: { timezone: 'America/New_York', language: 'en-US', ringtone: 'default' },
    ...more,
  });

export const secretsFor = ({ lines }: Device): Secrets => ({
  accounts: new Map(
    lines.flatMap(({ sip_username: name }) =>
      name === null ? [] : [[name, { password: `secret-of-${name}`, domain: 'sip.example.com' }] as const],
    ),
  ),
  adminPassword: 'a<&"b',
  url: 'https://api.example.com/provision/dev_1/abc/',
});

export const configurationFor = (of: Device, proxy: string | null = null): Configuration =>
  configurationOf(of, secretsFor(of), { proxy, now: noon });

/** The names and contents of all files of a device. */
export const textOf = (of: Device, proxy: string | null = 'sip.example.com:5080'): string =>
  filesOf(configurationFor(of, proxy))
    .map(({ name, content }) => `${name}\n${typeof content === 'string' ? content : xmlDocument(content)}`)
    .join('\n');

/** A device in Germany, without an outbound proxy. */
export const germanText = (manufacturer: string): string =>
  textOf(device({ manufacturer, settings: { timezone: 'Europe/Berlin', language: 'de-AT' } }), null);

/** A device in a time zone without summer time. */
export const indianText = (manufacturer: string): string =>
  textOf(device({ manufacturer, settings: { timezone: 'Asia/Kolkata' } }));
