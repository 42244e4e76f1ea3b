import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { reportJsonSchema, reportSchemaPath } from '../../scripts/schema.ts';
import { rolledBack } from '../cli/fixtures.ts';
import { hostileReport, migratedReport } from '../fixtures/reports.ts';

describe('the JSON of a report', () => {
  const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(
    JSON.parse(reportJsonSchema()),
  );
  const problems = (value: unknown) => {
    validate(JSON.parse(JSON.stringify(value)));
    return validate.errors ?? [];
  };

  it('has a schema that is in step: npm run schema writes it', async () => {
    expect(await readFile(reportSchemaPath, 'utf8')).toBe(reportJsonSchema());
  });

  it('is as the schema says, whatever came of the run', () => {
    for (const report of [migratedReport({ nodes: 5 }), rolledBack, hostileReport()])
      expect(problems(report)).toEqual([]);
  });

  it('is refused by the schema where something is missing or wrong', () => {
    const { cluster: _cluster, ...rest } = rolledBack;
    expect(problems(rest)).toMatchObject([{ keyword: 'required', params: { missingProperty: 'cluster' } }]);
    expect(problems({ ...rolledBack, outcome: 'fine' }).map(({ instancePath }) => instancePath)).toContain('/outcome');
  });

  it('may have fields that a later version adds', () => {
    expect(problems({ ...rolledBack, later: true })).toEqual([]);
  });
});
