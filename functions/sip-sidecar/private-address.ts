import * as z from 'zod';
import { second } from '#schema/time.ts';

const TaskMetadata = z.object({
  Containers: z.array(z.object({ Networks: z.array(z.object({ IPv4Addresses: z.array(z.string()) })).optional() })),
});

/** Timeout of the metadata endpoint, in milliseconds. */
const timeout = 5 * second;

/**
 * The private address of a Fargate task (Amazon ECS Developer Guide, "Task metadata endpoint version 4").
 * @throws Error if the endpoint does not answer, or has no address
 */
export async function privateAddress(metadataUri: string): Promise<string> {
  const response = await fetch(`${metadataUri}/task`, { signal: AbortSignal.timeout(timeout) });
  const { Containers: containers } = TaskMetadata.parse(await response.json());
  const [address] = containers
    .flatMap(({ Networks: networks }) => networks ?? [])
    .flatMap(({ IPv4Addresses: addresses }) => addresses);
  if (address === undefined) throw new Error('the task metadata has no IPv4 address');
  return address;
}
