/**
 * `nsenter … node namespace-connections.ts <port> <count>`: opens connections to a port inside a network namespace and
 * passes them to the parent process, which is outside of it. A connection stays in the namespace in which it was made
 * (network_namespaces(7)), so no other process of this machine can make one.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const [port = 0, count = 0] = process.argv.slice(2).map(Number);

async function pass(): Promise<void> {
  const connection: Socket = connect(port, '127.0.0.1');
  await once(connection, 'connect');
  process.send?.('connection', connection);
}

// The parent closes the channel when it has all of them.
process.on('disconnect', () => process.exit(0));
for (let passed = 0; passed < count; passed += 1) await pass();
