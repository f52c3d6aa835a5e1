import * as z from 'zod';

const TaskMetadata = z.object({
  Containers: z.array(z.object({ Networks: z.array(z.object({ IPv4Addresses: z.array(z.string()) })).optional() })),
});

/**
 * The task's private address, as Fargate tells it (Amazon ECS Developer Guide, "Task metadata endpoint version 4").
 * @throws Error when it does not
 */
export async function privateAddress(metadataUri: string): Promise<string> {
  const response = await fetch(`${metadataUri}/task`, { signal: AbortSignal.timeout(5_000) });
  const { Containers: containers } = TaskMetadata.parse(await response.json());
  const [address] = containers
    .flatMap(({ Networks: networks }) => networks ?? [])
    .flatMap(({ IPv4Addresses: addresses }) => addresses);
  if (address === undefined) throw new Error('the task has no address');
  return address;
}
