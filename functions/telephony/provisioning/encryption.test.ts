import { expect, test } from 'vitest';
import { xmlDocument } from '#http/answers/xml.ts';
import type { Device } from '#schema/device.ts';
import { noon } from '#test/support/dependencies.fixture.ts';
import { device, secretsFor } from './device.fixture.ts';
import { configurationOf, filesOf } from './device-configuration.ts';

/** What the files of each manufacturer say of SRTP, and of the transport that protects its keys. */

const proxies = { proxy: 'sip.example.com:5080', tlsProxy: 'tls.example.com:5061' } as const;

function textOf(more: Partial<Device>, { proxy, tlsProxy }: Partial<typeof proxies> = proxies): string {
  const of = device(more);
  const environment = { proxy: proxy ?? null, tlsProxy: tlsProxy ?? null, now: noon };
  return filesOf(configurationOf(of, secretsFor(of), environment))
    .map(({ content }) => (typeof content === 'string' ? content : xmlDocument(content)))
    .join('\n');
}

const expected = {
  Yealink: {
    transport: [
      'account.1.sip_server.1.transport_type = 2\n',
      'account.1.outbound_proxy.1.address = tls.example.com\n',
    ],
    prefer: ['account.1.srtp_encryption = 1\n', 'account.2.srtp_encryption = 1\n'],
    require: ['account.1.srtp_encryption = 2\n'],
  },
  Polycom: {
    transport: ['reg.1.server.1.transport="TLS"', 'reg.1.outboundProxy.port="5061"'],
    prefer: ['reg.1.srtp.enable="1"', 'reg.1.srtp.offer="1"', 'reg.2.srtp.require="0"'],
    require: ['reg.1.srtp.require="1"'],
  },
  Cisco: {
    transport: ['<SIP_Transport_1_>TLS<', '<Outbound_Proxy_1_>tls.example.com:5061<'],
    prefer: ['<Secure_Call_Option_1_>Optional<'],
    require: ['<Secure_Call_Option_2_>Required<'],
  },
  Grandstream: {
    transport: ['<P130>2<', '<P448>2<', '<P48>tls.example.com:5061<'],
    prefer: ['<P183>1<', '<P443>1<'],
    require: ['<P183>2<'],
  },
  Snom: {
    transport: ['>sip:tls.example.com:5061;transport=tls<'],
    prefer: ['<user_srtp idx="1" perm="">on<', '<user_savp idx="2" perm="">optional<'],
    require: ['<user_savp idx="1" perm="">mandatory<'],
  },
  Acme: {
    transport: ['"transport": "tls"', '"outbound_proxy": "tls.example.com:5061"'],
    prefer: ['"media_encryption": "prefer"'],
    require: ['"media_encryption": "require"'],
  },
} as const;
const manufacturers = Object.keys(expected) as (keyof typeof expected)[];

test.each(manufacturers)('a phone of %s is encrypted over TLS if its device says so', (manufacturer) => {
  const { transport, ...settings } = expected[manufacturer];
  for (const media_encryption of ['prefer', 'require'] as const) {
    const text = textOf({ manufacturer, media_encryption, model: manufacturer === 'Cisco' ? 'SPA504G' : null });
    expect([...transport, ...settings[media_encryption]].filter((each) => !text.includes(each))).toEqual([]);
    expect(text).not.toMatch(/5080|udp/i);
  }
});

test.each(manufacturers)('the file of another phone of %s says nothing of it', (manufacturer) => {
  const model = manufacturer === 'Cisco' ? 'SPA504G' : null;
  expect(textOf({ manufacturer, model })).toBe(textOf({ manufacturer, model, media_encryption: 'none' }));
  expect(textOf({ manufacturer, model })).not.toMatch(/srtp|savp|P183|encryption|Secure_Call|tls/i);
});

test('without a proxy a phone finds the platform over TLS by its domain', () => {
  const without = { media_encryption: 'require' } as const;
  expect(textOf({ ...without, manufacturer: 'Yealink' }, {})).toContain('account.1.sip_server.1.transport_type = 2\n');
  expect(textOf({ ...without, manufacturer: 'Snom' }, {})).toContain('>sip:sip.example.com;transport=tls<');
});
