import { BarChart, type BarSeriesOption } from 'echarts/charts';
import { GridComponent, type GridComponentOption } from 'echarts/components';
import { type ComposeOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { GapBin } from './gap-bins.ts';
import { type Html, raw } from './html.ts';
import { plotColours, withVariables } from './plot-colours.ts';

use([BarChart, GridComponent, SVGRenderer]);

export interface GapPlotOptions {
  bins: readonly GapBin[];
  /** Whether it is known what it was before the run. */
  hasBefore: boolean;
  /** Of the drawing (CSS pixels). */
  width: number;
}

const BAR = 12;
const FONT = 12;
/** Room for the names of the rows (CSS pixels). */
const NAMES = 96;
/** Room for a number behind its bar (CSS pixels). */
const NUMBERS = 48;

/** How many nodes had which longest gap, a row for each bin, as SVG. */
export function gapPlot({ bins, hasBefore, width }: GapPlotOptions): Html {
  const row = hasBefore ? 2 * BAR + 10 : BAR + 10;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height: bins.length * row + 8 });
  const series = (numbers: number[], color: string): BarSeriesOption => ({
    type: 'bar',
    silent: true,
    // None is no bar, whatever its least length.
    data: numbers.map((number) => (number === 0 ? '-' : number)),
    barWidth: BAR - 2,
    barGap: '20%',
    // Few nodes of very many are seen too.
    barMinHeight: 2,
    itemStyle: { color, borderRadius: [0, 2, 2, 0] },
    label: {
      show: true,
      position: 'right',
      color: plotColours.muted,
      fontSize: FONT - 1,
      formatter: ({ value }) => Number(value).toLocaleString('en'),
    },
  });
  try {
    const option: ComposeOption<BarSeriesOption | GridComponentOption> = {
      animation: false,
      textStyle: { fontFamily: 'inherit', fontSize: FONT },
      grid: { left: NAMES, right: NUMBERS, top: 4, bottom: 4 },
      xAxis: { type: 'value', min: 0, show: false },
      yAxis: {
        type: 'category',
        inverse: true,
        data: bins.map(({ name }) => name),
        axisLabel: { color: plotColours.text, fontSize: FONT, interval: 0 },
        axisLine: { lineStyle: { color: plotColours.grid } },
        axisTick: { show: false },
      },
      series: [
        series(
          bins.map(({ during }) => during),
          plotColours.done,
        ),
        ...(hasBefore
          ? [
              series(
                bins.map(({ before }) => before),
                plotColours.step,
              ),
            ]
          : []),
      ],
    };
    chart.setOption(option);
    return raw(withVariables(chart.renderToSVGString()));
  } finally {
    chart.dispose();
  }
}
