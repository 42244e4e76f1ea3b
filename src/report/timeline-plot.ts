import { CustomChart, type CustomSeriesOption } from 'echarts/charts';
import { GridComponent, type GridComponentOption } from 'echarts/components';
import { type ComposeOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { type Html, raw } from './html.ts';
import { plotColours, withVariables } from './plot-colours.ts';
import type { TimeScale } from './time-scale.ts';
import { barKinds, type Row } from './timeline-rows.ts';

use([CustomChart, GridComponent, SVGRenderer]);

export interface PlotOptions {
  rows: readonly Row[];
  scale: TimeScale;
  /** Of the drawing (CSS pixels). */
  width: number;
  /** Room for the names of the rows (CSS pixels). */
  names: number;
  /** Marks on the time axis, the two ends included. */
  ticks: number;
  /** Waits that the text below explains, each by its letter. */
  marked: readonly { letter: string; start: number; end: number }[];
  /** An instant (ms since the epoch) on the axis. */
  timeOf: (instant: number) => string;
}

const ROW = 18;
const TOP = 26;
const BOTTOM = 30;
const FONT = 12;
/** A letter of a name is about as wide (CSS pixels). */
const LETTER = 6.6;
/** A bar is at least this wide: what took a moment is seen too (CSS pixels). */
const THINNEST = 2;

/** Bars over time, a row for each name, as SVG. */
export function timelinePlot({ rows, scale, width, names, ticks, marked, timeOf }: PlotOptions): Html {
  const height = TOP + rows.length * ROW + BOTTOM;
  const mostLetters = Math.floor((names - 14) / LETTER);
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  const bars = rows.flatMap(({ bars: ofRow }, row) =>
    ofRow.map(({ from, to, kind }) => [row, scale.at(from), scale.at(to), barKinds.indexOf(kind)]),
  );
  try {
    const option: ComposeOption<CustomSeriesOption | GridComponentOption> = {
      animation: false,
      textStyle: { fontFamily: 'inherit', fontSize: FONT },
      grid: { left: names, right: 12, top: TOP, bottom: BOTTOM },
      xAxis: {
        type: 'value',
        min: 0,
        max: scale.length,
        interval: scale.length / (ticks - 1),
        axisLabel: {
          color: plotColours.muted,
          fontSize: FONT,
          formatter: (place: number) => timeOf(scale.instantAt(place)),
          alignMinLabel: 'left',
          alignMaxLabel: 'right',
        },
        splitLine: { lineStyle: { color: plotColours.grid } },
        axisLine: { show: false },
        axisTick: { show: false },
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: rows.map(({ name }, row) => `${row}:${shortened(name, mostLetters)}`),
        axisLabel: {
          color: plotColours.text,
          fontSize: FONT,
          interval: 0,
          formatter: (name: string) => name.slice(name.indexOf(':') + 1),
        },
        axisLine: { show: false },
        axisTick: { show: false },
      },
      series: [
        {
          type: 'custom',
          silent: true,
          data: marked.map(({ start, end }, index) => [0, start, end, index]),
          encode: { x: [1, 2], y: 0 },
          renderItem: (_parameters, api) => {
            const [left = 0] = api.coord([api.value(1), 0]);
            const [right = 0] = api.coord([api.value(2), 0]);
            const shape = { x: left, y: TOP, width: Math.max(THINNEST, right - left), height: rows.length * ROW };
            const letter = marked[Number(api.value(3))]?.letter ?? '';
            return {
              type: 'group',
              children: [
                { type: 'rect', shape, style: { fill: plotColours.band } },
                {
                  type: 'text',
                  x: (left + right) / 2,
                  y: TOP - 16,
                  style: {
                    text: letter,
                    fill: plotColours.muted,
                    fontSize: FONT,
                    fontWeight: 'bold',
                    align: 'center',
                  },
                },
              ],
            };
          },
        },
        {
          type: 'custom',
          silent: true,
          data: bars,
          encode: { x: [1, 2], y: 0 },
          renderItem: (_parameters, api) => {
            const [left = 0, middle = 0] = api.coord([api.value(1), api.value(0)]);
            const [right = 0] = api.coord([api.value(2), api.value(0)]);
            const kind = barKinds[Number(api.value(3))] ?? 'step';
            const thick = ROW - 6;
            return {
              type: 'rect',
              shape: { x: left, y: middle - thick / 2, width: Math.max(THINNEST, right - left), height: thick, r: 2 },
              style: { fill: plotColours[kind] },
            };
          },
        },
      ],
    };
    chart.setOption(option);
    return raw(withVariables(chart.renderToSVGString()));
  } finally {
    chart.dispose();
  }
}

/** As much of a name as there is room for: what is before its colon, where all of it is too long. */
function shortened(name: string, most: number): string {
  if (name.length <= most) return name;
  const head = name.split(':')[0] ?? name;
  return head.length <= most ? head : `${head.slice(0, most - 1)}…`;
}
