import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Why a port of this machine cannot be opened, and what its user does about it. */

export type ListenAddress = { readonly host: string; readonly port: number };

/** @param setting the environment variable that names the port */
export function portSentence(
  { host, port }: ListenAddress,
  setting: string,
  { code, message }: NodeJS.ErrnoException,
): string {
  if (code === 'EADDRINUSE')
    return `Port ${port} is in use: stop what uses it, or set ${setting} to another one (0 picks a free port).`;
  if (code === 'EACCES') return `Port ${port} may not be opened by this user: set ${setting} to one above 1023.`;
  if (code === 'EADDRNOTAVAIL') return `HOST is ${host}, which is no address of this machine.`;
  return `Port ${port} cannot be opened: ${message}.`;
}

/** Opens a port for a moment. @returns the error if it cannot be opened */
export async function portTrouble(
  { host, port }: ListenAddress,
  protocol: 'tcp' | 'udp',
): Promise<NodeJS.ErrnoException | undefined> {
  const socket = protocol === 'udp' ? createSocket('udp4') : createServer();
  const opened = once(socket, 'listening');
  if ('listen' in socket) socket.listen(port, host);
  else socket.bind(port, host);
  try {
    await opened;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
  const closed = once(socket, 'close');
  socket.close();
  await closed;
  return undefined;
}
