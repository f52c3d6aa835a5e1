import { beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { needs } from '../../support/tools.ts';
import { cdrsOf, newNumber } from '../calls.fixture.ts';
import { untilTrusted } from '../softphones.fixture.ts';
import { outcome, texts, trustAddresses, uniqueName } from '../tenant.fixture.ts';
import { freePort } from '#infra/local/machine/free-port.ts';
import { machineAddress, needsMachineAddress } from './machine-address.ts';
import { newOffice, type Office, type OfficePhone } from './office.ts';
import { playCall, playTogether, waitForListener } from './played-call.ts';

needs('sipp');
needsMachineAddress();

// SIPp's own scenarios have no credentials, so they call from the addresses of trunks.

/** The ports of a trunk's addresses, from which it calls. */
type Trunk = { readonly id: string; readonly ports: readonly [number, number] };

let office: Office;
let pbx: Trunk;
let carrier: Trunk;

async function newCallingTrunk(type: 'carrier' | 'pbx'): Promise<Trunk> {
  const { ask } = office.tenant;
  const ports = [await freePort(), await freePort()] as const;
  const made = await ask('PUT', `/siptrunk/${type}`, { name: uniqueName(type), host: machineAddress, port: ports[0] });
  const { id = '' } = texts(made);
  const ips = ports.map(
    (port, at) => ({ address: machineAddress, port, type: at === 0 ? 'signaling' : 'both' }) as const,
  );
  expect([outcome(made), outcome(await trustAddresses(office.tenant, id, ips))]).toEqual(['201', '201']);
  return { id, ports };
}

beforeAll(async () => {
  office = await newOffice(8);
  [pbx, carrier] = await Promise.all([newCallingTrunk('pbx'), newCallingTrunk('carrier')]);
  for (const port of [...pbx.ports, ...carrier.ports]) await untilTrusted(machineAddress, port);
});

const builtIn = (name: string, { ports }: Trunk, called: string, ...args: readonly string[]) => ({
  from: machineAddress,
  port: ports[0],
  scenario: { builtIn: name },
  args: ['-s', called, '-d', '100', ...args],
});
const answering = (phone: OfficePhone, name = 'uas') => ({ ...phone, scenario: { builtIn: name } });

describe("SIPp's own scenarios", () => {
  test('uac calls a number over trunks without a number format, however written, and uas answers', async () => {
    const phone = await office.registeredPhone();
    const number = await newNumber(office.tenant, { type: 'device', id: phone.account.device });
    const written = number.slice('+'.length);
    await playCall(builtIn('uac', carrier, number), answering(phone));
    await playCall(builtIn('uac', carrier, written), answering(phone));
    await playCall(builtIn('uac', pbx, `00${written}`), answering(phone));
    // Calls to other numbers showed that the trunks are known.
    await eventually(async () => {
      const cdrs = (await cdrsOf(office.tenant, 3)).filter(({ callee }) => callee === number);
      expect(cdrs.map(({ direction, disposition }) => `${String(direction)} ${String(disposition)}`)).toEqual([
        'internal ANSWERED',
        'inbound ANSWERED',
        'inbound ANSWERED',
      ]);
    });
  });

  test('uac calls an extension over a PBX, and uas answers', async () => {
    const phone = await office.registeredPhone();
    await playCall(builtIn('uac', pbx, phone.extension), answering(phone));
  });

  test('a carrier that calls no number reads in which forms its trunk may write one', async () => {
    await expect(playCall(builtIn('uac', carrier, '0046909'))).rejects.toThrow(
      `404 Not Found by the number_format of ${carrier.id}`,
    );
  });

  test('a carrier reaches no extension, and no number that the office does not have', async () => {
    const phone = await office.registeredPhone();
    for (const called of [phone.extension, '+4690999999999'])
      await expect(playCall(builtIn('uac', carrier, called))).rejects.toThrow(/received 'SIP\/2\.0 404 /);
  });

  test('3pcc-C-A and 3pcc-C-B join 3pcc-A and 3pcc-B by their session descriptions', async () => {
    const [a, b] = [await office.registeredPhone(), await office.registeredPhone()];
    const [port, other] = pbx.ports;
    const twin = `${machineAddress}:${await freePort()}`;
    await playTogether(
      [answering(a, '3pcc-A'), answering(b, '3pcc-B')],
      [
        {
          ...builtIn('3pcc-C-B', pbx, b.extension, '-3pcc', twin),
          port: other,
          whenStarted: () => waitForListener(twin),
        },
        { ...builtIn('3pcc-C-A', pbx, a.extension, '-3pcc', twin), port },
      ],
    );
  });
});

test('nothing is left of the calls', async () => {
  await eventually(async () => expect((await office.tenant.ask('GET', '/Calls')).body).toMatchObject({ calls: [] }));
});
