import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { textIn } from '../../json-value.ts';
import { request, type ApiRequest } from '../kit/api.ts';
import { answered } from './answers.ts';

/** Saves a resource on a page of its own; a new one then has its page. @param id or `new` @param key of the resource */
export function useSaving(key: string, id: string) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: async (wanted: ApiRequest) => answered(await request(wanted)),
    onSuccess: async ({ values }) => {
      await queries.invalidateQueries();
      if (id === 'new') await navigate({ to: '/r/$key/$id', params: { key, id: textIn(values['id']) } });
    },
  });
}
