import { createHmac, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { crc32 } from 'node:zlib';

/** A party with ICE that checks the other one once, as Firefox does, and counts the checks that it gets. */

/** RFC 8489 §18.1, §18.3; RFC 8445 §16.1. */
const types = { request: 0x0001, success: 0x0101 } as const;
const attributes = {
  username: 0x0006,
  integrity: 0x0008,
  priority: 0x0024,
  fingerprint: 0x8028,
  controlled: 0x8029,
} as const;
const cookie = 0x2112a442;
const fingerprintMask = 0x5354554e;
const headerLength = 20;

function attribute(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc(-value.length & 3)]);
}

/** A Binding request whose length counts further bytes, too. */
function request(id: Buffer, fields: Buffer, further: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(types.request, 0);
  head.writeUInt16BE(fields.length + further, 2);
  head.writeUInt32BE(cookie, 4);
  return Buffer.concat([head, id, fields]);
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

/** The check of an agent in the controlled role (RFC 8445 §7.2.2), signed by the password of the other one. */
function checkOf(username: string, password: string): Buffer {
  const id = randomBytes(12);
  const fields = Buffer.concat([
    attribute(attributes.username, Buffer.from(username)),
    attribute(attributes.priority, uint32(1_845_501_695)),
    attribute(attributes.controlled, randomBytes(8)),
  ]);
  // RFC 8489 §14.5, §14.7: each is computed with a length that ends with itself.
  const signature = createHmac('sha1', password)
    .update(request(id, fields, 24))
    .digest();
  const signed = Buffer.concat([fields, attribute(attributes.integrity, signature)]);
  const checksum = uint32(crc32(request(id, signed, 8)) ^ fingerprintMask);
  return request(id, Buffer.concat([signed, attribute(attributes.fingerprint, checksum)]), 0);
}

export async function newChecker(address: string) {
  const socket = createSocket('udp4').bind(0, address);
  await once(socket, 'listening');
  const counts = new Map<number, number>();
  socket.on('message', (bytes) => {
    if (bytes.length < headerLength) return;
    const type = bytes.readUInt16BE(0);
    counts.set(type, (counts.get(type) ?? 0) + 1);
  });
  return {
    /** Checks who sent a description, until the check is answered. @param own user name fragment */
    check: async (described: string, own: string): Promise<void> => {
      const find = (form: RegExp): string => form.exec(described)?.[1] ?? '';
      const check = checkOf(`${find(/^a=ice-ufrag:(\S+)/m)}:${own}`, find(/^a=ice-pwd:(\S+)/m));
      const [port, host] = [Number(find(/^m=audio (\d+)/m)), find(/^c=IN IP4 (\S+)/m)];
      socket.send(check, port, host);
      while ((counts.get(types.success) ?? 0) === 0) await once(socket, 'message');
    },
    /** Checks that it got. */
    requests: (): number => counts.get(types.request) ?? 0,
    [Symbol.dispose]: () => void socket.close(),
  };
}
