import { Alert, Button, Card, FileButton, Group, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { at, textIn, type JsonObject } from '../../json-value.ts';
import { t } from '../texts/texts.ts';
import { request } from '../kit/api.ts';
import { Problem } from '../kit/page.tsx';
import { upload } from '../kit/upload.ts';
import { answered } from '../resources/answers.ts';
import { linkTimes } from '../sound/link-times.ts';
import { Player } from '../sound/player.tsx';
import { greetingPath, requestAt, settingsKey, settingsPath, type Place } from './place.ts';
import { toWav } from './sound-input.ts';
import { Microphone } from './microphone.tsx';

const uses = [
  {
    use: 'unavailable',
    field: 'greeting_file_id',
    title: t('Greeting'),
    none: t('There is none: callers hear that of the platform.'),
    seconds: 120,
  },
  {
    use: 'busy',
    field: 'busy_greeting_file_id',
    title: t('Greeting while busy'),
    none: t('There is none: callers hear the greeting above.'),
    seconds: 120,
  },
  {
    use: 'name',
    field: 'name_file_id',
    title: t('Name'),
    none: t('There is none: it is spelled, or said by a machine.'),
    seconds: 15,
  },
] as const;
type Use = (typeof uses)[number];

/** Why an upload was rejected, for a person. */
const rejections: Readonly<Record<string, string>> = {
  TOO_LONG: t('It is too long.'),
  NO_SOUND: t('Nothing is heard in it.'),
  UNREADABLE_SOUND: t('Calls cannot play it.'),
};

type GreetingsProps = { readonly place: Place; readonly canChange: boolean };

/** What callers of a mailbox hear, recorded by microphone or from a file. */
export const Greetings = ({ place, canChange }: GreetingsProps) => (
  <Stack component="section" aria-label={t('Greetings')}>
    {uses.map((of) => (
      <Greeting key={of.use} of={of} place={place} canChange={canChange} />
    ))}
  </Stack>
);

type GreetingProps = GreetingsProps & { readonly of: Use };

/** Milliseconds after which a greeting that is being checked is asked for again. */
const untilChecked = 1_000;

const isPending = (greeting: JsonObject | undefined): boolean => at(greeting, 'upload', 'state') === 'pending';

/** Sends a sound by the link that the API answers. @throws ApiError; Error if the link does not take it */
async function putGreeting(place: Place, use: string, sound: Blob): Promise<void> {
  const body = { content_type: sound.type, size: sound.size };
  const { values } = answered(await request(requestAt(place, 'PUT', greetingPath(place, use), { body })));
  await upload(values['upload'], sound);
}

/** Callers hear it no more. The file stays, and may be chosen again by the API. */
async function removeGreeting(place: Place, { use, field }: Use): Promise<void> {
  const { values } = answered(await request(requestAt(place, 'GET', settingsPath(place))));
  const isHeard = use === 'unavailable' && values['greeting_type'] === 'custom';
  const body = { [field]: null, ...(isHeard ? { greeting_type: 'default' } : {}) };
  await request(requestAt(place, 'PUT', settingsPath(place), { body }));
}

function useGreeting({ of, place }: Omit<GreetingProps, 'canChange'>) {
  const queries = useQueryClient();
  const queryKey = ['greeting', place.mailbox, of.use];
  const reading = useQuery({
    queryKey,
    queryFn: async () => {
      const { values } = answered(await request(requestAt(place, 'GET', greetingPath(place, of.use))));
      // It is in use once it was accepted, which the settings say, too.
      await queries.invalidateQueries({ queryKey: settingsKey(place) });
      return values;
    },
    ...linkTimes,
    refetchInterval: ({ state }) => (isPending(state.data) ? untilChecked : linkTimes.refetchInterval),
  });
  const sending = useMutation({
    mutationFn: (sound: Blob) => putGreeting(place, of.use, sound),
    onSettled: () => queries.invalidateQueries({ queryKey }),
  });
  const removal = useMutation({
    mutationFn: () => removeGreeting(place, of),
    onSettled: () => queries.invalidateQueries({ queryKey }),
  });
  return { ...reading, sending, removal, readAgain: () => void queries.invalidateQueries({ queryKey }) };
}

function Greeting({ of, place, canChange }: GreetingProps) {
  const { data, error, sending, removal, readAgain } = useGreeting({ of, place });
  const reason = textIn(at(data, 'upload', 'reason'));
  return (
    <Card withBorder component="section" aria-label={of.title}>
      <Title order={2} size="h4" mb="sm">
        {of.title}
      </Title>
      <Stack>
        <Problem error={error ?? sending.error ?? removal.error} />
        {isPending(data) && <Text role="status">{t('It is being checked.')}</Text>}
        {reason !== '' && (
          <Alert color="red">
            {t('It was not accepted.')} {rejections[reason] ?? reason}
          </Alert>
        )}
        {data !== undefined && <Heard of={of} greeting={data} onBroken={readAgain} />}
        {canChange && textIn(at(data, 'download', 'url')) !== '' && (
          <Button
            variant="default"
            style={{ alignSelf: 'start' }}
            aria-label={t('Remove {name}', { name: of.title })}
            loading={removal.isPending}
            onClick={() => removal.mutate()}
          >
            {t('Remove')}
          </Button>
        )}
        {canChange && <Taking of={of} isSending={sending.isPending} onKeep={(sound) => sending.mutate(sound)} />}
      </Stack>
    </Card>
  );
}

type HeardProps = {
  readonly of: Use;
  readonly greeting: JsonObject;
  readonly onBroken: () => void;
};

/** What callers hear now. */
function Heard({ of, greeting, onBroken }: HeardProps) {
  const url = textIn(at(greeting, 'download', 'url'));
  if (url === '') return <Text>{of.none}</Text>;
  // The place of the object, which each upload has of its own.
  const id = url.split('?')[0] ?? url;
  return <Player key={id} label={of.title} sound={{ id, url, size: Number(greeting['size']) }} onBroken={onBroken} />;
}

type TakingProps = {
  readonly of: Use;
  readonly isSending: boolean;
  readonly onKeep: (sound: Blob) => void;
};

/** Takes a sound, which is heard before it is kept. */
function Taking({ of, isSending, onKeep }: TakingProps) {
  const [taken, setTaken] = useState<{ readonly sound: Blob; readonly url: string } | null>(null);
  const taking = useMutation({
    mutationFn: toWav,
    onSuccess: (sound) => setTaken({ sound, url: URL.createObjectURL(sound) }),
  });
  const forget = (): void => {
    if (taken !== null) URL.revokeObjectURL(taken.url);
    setTaken(null);
  };
  if (taken !== null)
    return (
      <Group role="group" aria-label={t('{name}: new recording', { name: of.title })}>
        <audio controls src={taken.url} aria-label={t('{name}: new recording', { name: of.title })} />
        <Button
          loading={isSending}
          onClick={() => {
            onKeep(taken.sound);
            forget();
          }}
        >
          {t('Keep')}
        </Button>
        <Button variant="default" onClick={forget}>
          {t('Discard')}
        </Button>
      </Group>
    );
  return (
    <>
      <Group>
        <Microphone name={of.title} seconds={of.seconds} onTaken={(sound) => taking.mutate(sound)} />
        <FileButton accept="audio/*" onChange={(file) => file !== null && taking.mutate(file)}>
          {(props) => (
            <Button
              {...props}
              variant="default"
              aria-label={t('{name}: choose a file', { name: of.title })}
              loading={taking.isPending}
            >
              {t('Choose a file')}
            </Button>
          )}
        </FileButton>
      </Group>
      {taking.isError && (
        <Alert color="red">
          {taking.variables instanceof File
            ? t('The browser cannot play this file.')
            : t('Nothing was recorded. Speak for at least a second before you stop.')}
        </Alert>
      )}
    </>
  );
}
