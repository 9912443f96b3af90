import { describe, expect, it } from 'vitest';

import { changed, redone, settled, startHistory, undone } from '../../src/core/regions/history';
import { emptyMask, inverted, isEmpty } from '../../src/core/regions/mask';
import { Gesture, MARKING_TOOLS, type MarkingTool } from '../../src/core/regions/tools';

const SETTINGS = { radius: 4, hardness: 0.8, effect: 'add' } as const;
const touch = (x: number, y: number, pressure = 1): { x: number; y: number; pressure: number } => ({
  x,
  y,
  pressure,
});

function used(tool: MarkingTool, before = emptyMask(40, 40)): Gesture {
  const gesture = new Gesture(before, tool, SETTINGS, touch(8, 8));
  gesture.moveTo(touch(30, 10));
  gesture.moveTo(touch(30, 30));
  return gesture;
}

describe('tools', () => {
  it.each(MARKING_TOOLS.filter((tool) => tool !== 'eraser'))('%s marks', (tool) => {
    expect(isEmpty(used(tool).mask)).toBe(false);
  });

  it('eraser takes away', () => {
    const full = inverted(emptyMask(40, 40));
    expect(used('eraser', full).mask.data[8 * 40 + 8]).toBe(0);
  });

  it.each(MARKING_TOOLS)('%s leaves the mask that was before as it was', (tool) => {
    const before = tool === 'eraser' ? inverted(emptyMask(40, 40)) : emptyMask(40, 40);
    const copy = before.data.slice();
    expect(used(tool, before).mask.data).not.toEqual(copy);
    expect(before.data).toEqual(copy);
  });

  it('a shape follows the hand, and forgets where it was', () => {
    const gesture = new Gesture(emptyMask(40, 40), 'rectangle', SETTINGS, touch(10, 10));
    gesture.moveTo(touch(38, 38));
    gesture.moveTo(touch(20, 20));
    expect(gesture.mask.data[30 * 40 + 30]).toBe(0);
    expect(gesture.mask.data[15 * 40 + 15]).toBe(255);
    expect(gesture.outline).toHaveLength(5);
  });

  it('a pen that is pressed less marks less', () => {
    const inside = (pressure: number): number => {
      const mark = new Gesture(emptyMask(40, 40), 'brush', SETTINGS, touch(20, 20, pressure));
      return mark.mask.data.reduce((sum, value) => sum + value, 0);
    };
    expect(inside(0.4)).toBeLessThan(inside(1) / 2);
  });
});

describe('the history', () => {
  it('goes back and forth', () => {
    let history = startHistory('a');
    history = changed(history, 'b', null);
    history = changed(history, 'c', null);
    history = undone(history);
    expect(history.state).toBe('b');
    expect(undone(undone(history)).state).toBe('a');
    expect(redone(history).state).toBe('c');
    expect(redone(redone(history)).state).toBe('c');
    expect(redone(changed(history, 'd', null)).state).toBe('d');
  });

  it('takes one movement for one step', () => {
    let history = startHistory(0);
    for (const value of [1, 2, 3]) history = changed(history, value, 'slider');
    history = settled(history);
    for (const value of [4, 5]) history = changed(history, value, 'slider');
    expect(undone(history).state).toBe(3);
    expect(undone(undone(history)).state).toBe(0);
  });

  it('forgets what is long ago', () => {
    let history = startHistory(0);
    for (let value = 1; value <= 500; value++) history = changed(history, value, null);
    expect(history.past.length).toBeLessThan(100);
  });
});
