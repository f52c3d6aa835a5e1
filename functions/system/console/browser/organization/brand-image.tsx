import { Box, Button, FileButton, Group } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { at, textIn } from '../../json-value.ts';
import { request } from '../kit/api.ts';
import { exactTimeText } from '../kit/format.ts';
import { Problem } from '../kit/page.tsx';
import { pause } from '../kit/pause.ts';
import { useShowing } from '../kit/read-only.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { TargetPicker } from '../kit/target-picker.tsx';
import { upload } from '../kit/upload.ts';
import { resourceIn } from '../resources/answers.ts';
import { t } from '../texts/texts.ts';

/** The logo or the icon of a brand: a file that is chosen by its name, or uploaded. */

const filePath = (id: string): string => `/files/${encodeURIComponent(id)}`;

/** Milliseconds after which a file that is being checked is asked for again. */
const untilChecked = 500;

/** Waits until the platform has checked an upload. @throws Error if it was rejected */
async function untilReady(id: string): Promise<void> {
  const { state, reason } = resourceIn(await request({ method: 'GET', path: filePath(id) }));
  if (state === 'ready') return;
  if (state !== 'pending') throw new Error(`${t('It was not accepted.')} ${textIn(reason)}`);
  await pause(untilChecked);
  await untilReady(id);
}

/** Stores an image as a file, with the time in its name: names are unique. @returns its id */
async function storeImage(image: File): Promise<string> {
  const body = {
    name: `${image.name} (${exactTimeText(Date.now())})`,
    kind: 'attachment',
    content_type: image.type,
    size: image.size,
  };
  const file = resourceIn(await request({ method: 'PUT', path: filePath('new'), body }));
  await upload(file['upload'], image);
  const id = textIn(file['id']);
  await untilReady(id);
  return id;
}

const dataUrlOf = (content: Blob): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve(textIn(reader.result)));
    reader.addEventListener('error', () => reject(new Error('The image cannot be read', { cause: reader.error })));
    reader.readAsDataURL(content);
  });

/** An image that is not yet public, as a data URL: the policy of the page allows no image of another host. */
async function readImage(id: string): Promise<string> {
  const file = resourceIn(await request({ method: 'GET', path: filePath(id) }));
  const response = await fetch(textIn(at(file, 'download', 'url')));
  if (!response.ok) throw new Error(`The image is answered with ${response.status}`);
  return dataUrlOf(await response.blob());
}

/** The image of a file, for an element of the page; null: none, or not read yet. */
export function useImage(id: string): string | null {
  const { data = null } = useQuery({
    queryKey: ['image', id],
    queryFn: () => readImage(id),
    enabled: id !== '',
    staleTime: Infinity,
    retry: false,
  });
  return data;
}

type BrandImageProps = {
  readonly label: string;
  /** Id of the file; empty: none. */
  readonly value: string;
  readonly error: string | null;
  readonly onChange: (id: string) => void;
};

export function BrandImage({ label, value, error, onChange }: BrandImageProps) {
  const queries = useQueryClient();
  const session = useSession();
  const isFilledIn = useShowing() === 'inputs';
  const storing = useMutation({
    mutationFn: storeImage,
    onSuccess: async (id) => {
      onChange(id);
      await queries.invalidateQueries({ queryKey: ['list', '/files'] });
    },
  });
  return (
    <>
      <Problem error={storing.error} />
      <Group align="end">
        <Box flex="1 1 200px">
          <TargetPicker
            kind="attachment"
            label={label}
            description={t('PNG or JPEG, up to 256 KiB. Everybody can see it.')}
            value={value}
            error={error}
            onChange={onChange}
          />
        </Box>
        {isFilledIn && isAllowed(session, ['files:write']) && (
          <FileButton accept="image/png,image/jpeg" onChange={(file) => file !== null && storing.mutate(file)}>
            {(props) => (
              <Button
                {...props}
                variant="default"
                aria-label={t('{name}: choose a file', { name: label })}
                loading={storing.isPending}
              >
                {t('Choose a file')}
              </Button>
            )}
          </FileButton>
        )}
      </Group>
    </>
  );
}
