import { defineSearchAttributeKey } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';
import { searchAttributes } from '../model/search-attributes.ts';

const cluster = defineSearchAttributeKey(searchAttributes.cluster, 'KEYWORD');
const phase = defineSearchAttributeKey(searchAttributes.phase, 'KEYWORD');
const target = defineSearchAttributeKey(searchAttributes.target, 'KEYWORD');
const outcome = defineSearchAttributeKey(searchAttributes.outcome, 'KEYWORD');

/** Makes the run findable in Temporal by what changed. */
export function upsertAttributes(values: {
  cluster?: string;
  phase?: string;
  target?: string;
  outcome?: string;
}): void {
  upsertSearchAttributes([
    ...(values.cluster === undefined ? [] : [{ key: cluster, value: values.cluster }]),
    ...(values.phase === undefined ? [] : [{ key: phase, value: values.phase }]),
    ...(values.target === undefined ? [] : [{ key: target, value: values.target }]),
    ...(values.outcome === undefined ? [] : [{ key: outcome, value: values.outcome }]),
  ]);
}
