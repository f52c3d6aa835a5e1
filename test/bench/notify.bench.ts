/**
 * NOTIFY end to end: from the HTTP request through the function and the sidecar to a phone that answers at once, and
 * back.
 */
import * as z from 'zod';
import { newPhone } from '../support/sip-phone.fixture.ts';
import { adminPassword, logIn, type Cloud } from '../system/cloud.ts';
import type { Benchmark } from './benchmark.ts';
import { memoryCloud } from './memory-cloud.ts';
import { quantile } from './timing.ts';

const warmUp = 100;
const notifications = 300;

const Made = z.object({ data: z.object({ id: z.string() }) });
const Configuration = z.string().transform(
  (file) =>
    (name: string): string =>
      new RegExp(`^account\\.1\\.${name} *= *(.*)$`, 'm').exec(file)?.[1] ?? '',
);

/** A device with one line, and a phone that is registered as it. @returns the device's id */
async function registeredDevice({ api, outputs }: Cloud, token: string) {
  const { body } = await api('/devices/phone', {
    method: 'PUT',
    token,
    json: { mac_address: '00:15:65:00:00:01', manufacturer: 'Yealink', lines: [{ extension: '201' }] },
  });
  const {
    data: { id },
  } = Made.parse(body);
  const valueOf = Configuration.parse((await api(`/devices/${id}/config?secrets=true`, { token })).body);
  const [address = '', port] = (outputs['SipAddress'] ?? '').split(':');
  const phone = await newPhone(
    { address, port: Number(port) },
    { username: valueOf('user_name'), password: valueOf('password'), domain: valueOf('sip_server\\.1\\.address') },
  );
  await phone.register();
  return { id, phone };
}

const measure: Benchmark = async () => {
  const cloud = await memoryCloud();
  try {
    const token = await logIn(cloud, 'admin', adminPassword);
    const { id, phone } = await registeredDevice(cloud, token);
    const times: number[] = [];
    const url = `${cloud.outputs.ApiUrl.replace(/\/$/, '')}/devices/sipnotify/${id}`;
    for (let sent = 0; sent < warmUp + notifications; sent += 1) {
      const began = performance.now();
      const { status, body } = await fetch(url, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json' },
        body: '{"event":"check-sync"}',
      });
      await body?.cancel();
      if (status !== 200) throw new Error(`NOTIFY answers ${status}`);
      if (sent >= warmUp) times.push(performance.now() - began);
    }
    phone.close();
    return [
      {
        what: 'NOTIFY end to end over HTTP, p50',
        measured: quantile(times, 0.5),
        unit: 'ms',
        must: { atMostYardsticks: 240 },
      },
      { what: 'NOTIFY end to end over HTTP, p99', measured: quantile(times, 0.99), unit: 'ms' },
    ];
  } finally {
    await cloud.stop();
  }
};

export default measure;
