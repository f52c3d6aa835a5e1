import * as z from 'zod';
import { second } from '#schema/time.ts';

/** Of a Fargate task (Amazon ECS Developer Guide, "Task metadata endpoint version 4"). */
const TaskMetadata = z.object({
  /** Of its task definition. */
  Revision: z.string(),
  Containers: z.array(z.object({ Networks: z.array(z.object({ IPv4Addresses: z.array(z.string()) })).optional() })),
});

/** Timeout of the metadata endpoint, in milliseconds. */
const timeout = 5 * second;

async function readMetadata(metadataUri: string): Promise<z.output<typeof TaskMetadata>> {
  const response = await fetch(`${metadataUri}/task`, { signal: AbortSignal.timeout(timeout) });
  return TaskMetadata.parse(await response.json());
}

/** The revision of a task's definition. @throws Error if the endpoint does not answer */
export const taskRevision = async (metadataUri: string): Promise<string> => (await readMetadata(metadataUri)).Revision;

/** The private address of a task. @throws Error if the endpoint does not answer, or has no address */
export async function privateAddress(metadataUri: string): Promise<string> {
  const { Containers: containers } = await readMetadata(metadataUri);
  const [address] = containers
    .flatMap(({ Networks: networks }) => networks ?? [])
    .flatMap(({ IPv4Addresses: addresses }) => addresses);
  if (address === undefined) throw new Error('the task metadata has no IPv4 address');
  return address;
}
