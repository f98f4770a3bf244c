# Loss against virtual time, of the runs with a slow rank and of those in which
# one is killed besides, from the files that race.sh writes.
set terminal svg size 860,420 font "sans-serif,13" background rgb "white"
set output "asynchronous.svg"
set multiplot layout 1,2 margins 0.08,0.98,0.14,0.92 spacing 0.05,0
set grid back lc rgb "#dddddd" lt 1
color(i) = int(word("0x555555 0xc8553d 0x0b6e4f", i))
set logscale y
set yrange [0.1:3]
set xrange [0:*]
set xlabel "virtual time, s" offset 0,0.3
set ylabel "loss of the batches at hand"
set title "rank 3 is four times slower"
set key top right
plot for [i = 1:3] "slow-".word("ssgd dasgd elastic", i).".dat" using 1:2 with lines lw 2 lc rgb color(i) title word("ssgd dasgd elastic", i)
unset ylabel
set format y ""
set title "and rank 1 is killed"
plot for [i = 1:3] "killed-".word("ssgd dasgd elastic", i).".dat" using 1:2 with lines lw 2 lc rgb color(i) title word("ssgd dasgd elastic", i)
unset multiplot
