import { Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../kit/api.ts';
import { ApiError } from '../kit/api-error.ts';
import { Problem } from '../kit/page.tsx';
import { isAllowed, type Holder } from '../kit/rights.ts';
import { linkTimes } from '../sound/link-times.ts';
import { Player } from '../sound/player.tsx';

/** Whether a person may hear recordings of calls. */
export const mayHear = (session: Holder): boolean =>
  isAllowed(session, ['recordings:read']) && isAllowed(session, ['files:read']);

/** Milliseconds after which a recording that is not stored yet is looked for again. */
const untilStored = 5_000;

/** The recording of a call. @param id of its file */
export function Recording({ id }: { readonly id: string }) {
  const queries = useQueryClient();
  const queryKey = ['recording', id];
  const { data: file, error } = useQuery({
    queryKey,
    queryFn: async () => (await api.GET('/files/{id}', { params: { path: { id } } })).data?.data,
    ...linkTimes,
    refetchInterval: ({ state }) => (state.data?.state === 'pending' ? untilStored : linkTimes.refetchInterval),
  });
  if (error instanceof ApiError && error.status === 404)
    return <Text>The recording was deleted, or is none that you may hear.</Text>;
  if (error !== null) return <Problem error={error} />;
  if (file === undefined) return null;
  if (file.state === 'pending') return <Text role="status">The recording is stored after the call.</Text>;
  if (file.reason === 'NO_SOUND') return <Text>Nothing was heard in the call.</Text>;
  if (file.download === undefined) return <Text>The recording was lost: it was never stored.</Text>;
  return (
    <>
      <Player
        label="Recording"
        sound={{ id, url: file.download.url, size: file.size }}
        onBroken={() => void queries.invalidateQueries({ queryKey })}
      />
      <Text size="xs">Above the middle: the caller. Below: the called party.</Text>
    </>
  );
}
